#include "controller/plan_worker.h"

#include <algorithm>

#include "sim/base/clock.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr std::uint64_t kFollowerKey = 0x666f6c6c6f77;  // so that its noise is not the planner's

}  // namespace

PlanWorker::PlanWorker(LookaheadController& controller, std::vector<PlanTiming> schedule)
    : controller_(controller),
      follower_(controller.twin()),
      schedule_(std::move(schedule)),
      values_(controller.values(0)),
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
    const SeenStates request = *request_;
    lock.unlock();
    Result result = make_plan(request);
    lock.lock();
    result_ = std::move(result);
    changed_.notify_all();
  }
}

PlanWorker::Result PlanWorker::make_plan(const SeenStates& seen) {
  const auto begin = Clock::now();
  Result result;
  try {
    controller_.plan_only(seen);
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
  shown_.reset();
  status_ = ControlStatus::kOk;
  plan_number_ = -1;
  step_ = 0;
  timings_.clear();
  unseen_ = {};
  held_.assign(held.begin(), held.end());
  controller_.reset(0, seed, state, held);
  follower_.reset(0, random_key(seed, kFollowerKey), state, held);
}

void PlanWorker::remember(const BodyState& state, std::span<const double> executed) {
  FS_CHECK(step_ == 0 && !running_);
  unseen_.states.push_back(state);
  unseen_.executed.emplace_back(executed.begin(), executed.end());
  follower_.set_executed(0, executed);
  follower_.watch({&state, 1});
}

void PlanWorker::prepare(const BodyState& state) {
  FS_CHECK(step_ == 0 && !running_);
  FS_CHECK(schedule_.empty() || schedule_.front() == (PlanTiming{0, 0}));
  unseen_.states.push_back(state);
  unseen_.executed.push_back(held_);
  start_plan();
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

void PlanWorker::start_plan() {
  SeenStates request = std::move(unseen_);
  unseen_ = {};
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

WorkerAction PlanWorker::act(const BodyState& state) {
  if (!shown_) {
    follower_.watch({&state, 1});
    follower_.set_executed(0, held_);
    return {held_, -1, static_cast<int>(step_)};
  }
  const auto age = static_cast<int>(step_ - plan_start_);
  const PlannedStates followed = planned_states(*shown_, 0, age);
  follower_.follow({&state, 1}, {&followed, 1});
  if (status_ == ControlStatus::kOk) status_ = follower_.status(0);
  const std::span<const double> action = follower_.action(0);
  return {{action.begin(), action.end()}, plan_number_, age};
}

WorkerAction PlanWorker::step(const BodyState& state) {
  if (prepared_) {
    prepared_ = false;
    wait_idle();
    take_finished();
  } else {
    unseen_.states.push_back(state);
    unseen_.executed.push_back(held_);
    take_finished();
    if (may_start()) start_plan();
  }
  const WorkerAction now = act(state);
  held_ = now.action;
  ++step_;
  return now;
}

}  // namespace foresight
