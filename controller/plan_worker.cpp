#include "controller/plan_worker.h"

#include <algorithm>

#include "sim/base/clock.h"
#include "sim/base/error.h"

namespace foresight {

PlanWorker::PlanWorker(LookaheadController& controller, std::vector<PlanTiming> schedule)
    : controller_(controller),
      schedule_(std::move(schedule)),
      values_(controller.values(0)),
      lead_(controller.sampler().options().action_lead),
      thread_([this] { thread_loop(); }) {
  FS_CHECK(controller.worlds() == 1);
}

PlanWorker::~PlanWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PlanWorker::thread_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || (request_ && !result_); });
    if (stop_) return;
    const AheadRequest request = *request_;
    lock.unlock();
    Result result = make_plan(request);
    lock.lock();
    result_ = std::move(result);
    changed_.notify_all();
  }
}

PlanWorker::Result PlanWorker::make_plan(const AheadRequest& request) {
  const auto begin = Clock::now();
  Result result;
  try {
    result.actions = controller_.act_ahead(request);
    result.plan = controller_.plan();
    result.status = controller_.status(0);
  } catch (...) {
    result.error = std::current_exception();
  }
  result.seconds = seconds_since(begin);
  return result;
}

void PlanWorker::wait_idle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !request_ || result_; });
}

void PlanWorker::reset(std::uint64_t seed, const BodyState& state, std::span<const double> held) {
  if (running_) wait_idle();
  request_.reset();
  result_.reset();
  running_ = prepared_ = false;
  plan_.reset();
  shown_.reset();
  status_ = ControlStatus::kOk;
  plan_number_ = -1;
  step_ = 0;
  timings_.clear();
  unseen_states_.clear();
  unseen_executed_.clear();
  held_.assign(held.begin(), held.end());
  controller_.reset(0, seed, state, held);
}

void PlanWorker::remember(const BodyState& state, std::span<const double> executed) {
  FS_CHECK(step_ == 0 && !running_);
  unseen_states_.push_back(state);
  unseen_executed_.emplace_back(executed.begin(), executed.end());
}

void PlanWorker::prepare(const BodyState& state) {
  FS_CHECK(step_ == 0 && !running_);
  FS_CHECK(schedule_.empty() || schedule_.front() == (PlanTiming{0, 0}));
  unseen_states_.push_back(state);
  unseen_executed_.push_back(held_);
  start_plan(0);  // nothing is executed until it is there
  prepared_ = true;
}

void PlanWorker::start(const ControlStart& start) {
  reset(start.seed, start.past.empty() ? start.now : start.past.front().state, start.held);
  for (const Moment& moment : start.past) remember(moment.state, moment.executed);
  prepare(start.now);
}

bool PlanWorker::thinking() const {
  const std::lock_guard lock(mutex_);
  return request_ && !result_;
}

void PlanWorker::set_task(const Task& task, const TaskValues& values) {
  task_ = task;
  values_ = values;
}

bool PlanWorker::take_finished() {
  if (!running_) return false;
  const auto number = static_cast<std::size_t>(plan_number_ + 1);
  if (!schedule_.empty()) {
    if (number >= schedule_.size() || schedule_[number].ready > step_) return false;
    wait_idle();
  }
  const std::lock_guard lock(mutex_);
  if (!result_) return false;
  Result result = std::move(*result_);
  result_.reset();
  request_.reset();
  running_ = false;
  if (result.error) std::rethrow_exception(result.error);
  plan_ = std::move(result.actions);
  shown_ = std::move(result.plan);
  status_ = result.status;
  plan_seconds_ = result.seconds;
  ++plan_number_;
  plan_start_ = running_start_;
  timings_.push_back({plan_start_, step_});
  return true;
}

bool PlanWorker::may_start() const {
  if (running_) return false;
  if (schedule_.empty()) return plan_number_ < 0 || step_ - running_start_ >= start_every;
  const auto number = static_cast<std::size_t>(plan_number_ + 1);
  return number < schedule_.size() && schedule_[number].start == step_;
}

void PlanWorker::start_plan(int committed) {
  AheadRequest request{std::move(unseen_states_), std::move(unseen_executed_), {}};
  unseen_states_.clear();
  unseen_executed_.clear();
  for (int i = 0; i < committed; ++i) request.committed.push_back(action_at(step_ + i).action);
  if (task_) controller_.set_task(*task_);
  task_.reset();
  controller_.set_values(0, values_);
  controller_.set_surroundings(0, surroundings_);
  running_ = true;
  running_start_ = step_;
  {
    const std::lock_guard lock(mutex_);
    request_ = std::move(request);
  }
  changed_.notify_all();
}

WorkerAction PlanWorker::action_at(std::int64_t step) const {
  if (!plan_) return {held_, -1, static_cast<int>(step), PlanAge::kHeld};
  const auto age = static_cast<int>(step - plan_start_);
  const int row = std::min(age, lead_);
  const PlanAge kind = age <= lead_        ? PlanAge::kFresh
                       : age > pause_after ? PlanAge::kTooOld
                                           : PlanAge::kHeld;
  const auto values = plan_->row(row);
  return {{values.data(), values.data() + values.size()}, plan_number_, age, kind};
}

WorkerAction PlanWorker::step(const BodyState& state) {
  if (prepared_) {
    prepared_ = false;
    wait_idle();
    take_finished();
  } else {
    unseen_states_.push_back(state);
    unseen_executed_.push_back(held_);
    take_finished();
    if (may_start()) start_plan(lead_);
  }
  const WorkerAction now = action_at(step_);
  held_ = now.action;
  ++step_;
  return now;
}

}  // namespace foresight
