#include "ui/live/sim_thread.h"

#include <algorithm>
#include <utility>

#include "sim/base/error.h"

namespace foresight {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

// Lateness beyond this is given up, so that a stall is not followed by a burst.
constexpr double kGiveUpSeconds = 0.15;

}  // namespace

SimThread::SimThread(std::unique_ptr<Simulation> simulation) : simulation_(std::move(simulation)) {
  publish(RunState::kPaused);
  thread_ = std::thread([this] { loop(); });
}

SimThread::~SimThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SimThread::post(std::function<void(Simulation&)> order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
    ++given_;
  }
  changed_.notify_all();
}

void SimThread::flush() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this, until = given_] { return carried_out_ >= until; });
}

void SimThread::set_playing(bool playing) {
  {
    const std::lock_guard lock(mutex_);
    playing_ = playing;
    single_ = false;
  }
  changed_.notify_all();
}

bool SimThread::playing() const {
  const std::lock_guard lock(mutex_);
  return playing_;
}

void SimThread::step_once() {
  {
    const std::lock_guard lock(mutex_);
    playing_ = single_ = true;
  }
  changed_.notify_all();
}

void SimThread::set_speed(double speed) {
  const std::lock_guard lock(mutex_);
  speed_ = std::clamp(speed, 0.1, 4.0);
}

std::shared_ptr<const Snapshot> SimThread::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

SimTiming SimThread::take_timing() {
  const std::lock_guard lock(mutex_);
  return std::exchange(timing_, {});
}

void SimThread::loop() {
  std::unique_lock lock(mutex_);
  due_ = last_ = Clock::now();
  while (!stop_) {
    if (!orders_.empty()) {
      carry_out_orders(lock);
    } else if (!playing_) {
      const RunState rest = failure_.empty() ? RunState::kPaused : RunState::kFailed;
      if (state_ != rest) {
        lock.unlock();
        publish(rest);
        lock.lock();
        continue;
      }
      changed_.wait(lock, [this] { return stop_ || playing_ || !orders_.empty(); });
      due_ = last_ = Clock::now();
    } else if (Clock::now() < due_ && !single_) {
      changed_.wait_until(lock, due_, [this] { return stop_ || !orders_.empty() || !playing_; });
    } else {
      advance(lock);
    }
  }
}

void SimThread::carry_out_orders(std::unique_lock<std::mutex>& lock) {
  std::deque<std::function<void(Simulation&)>> orders;
  orders.swap(orders_);
  lock.unlock();
  for (const auto& order : orders) {
    try {
      order(*simulation_);
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }
  publish(state_);
  lock.lock();
  carried_out_ += static_cast<std::int64_t>(orders.size());
  idle_.notify_all();
}

void SimThread::advance(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const auto begin = Clock::now();
  failure_.clear();
  Advance outcome = Advance::kStopped;
  try {
    outcome = simulation_->step();
    if (outcome == Advance::kStopped) fail(simulation_->message());
  } catch (const std::exception& error) {
    fail(error.what());
  }
  if (outcome == Advance::kStepped) {
    publish(RunState::kRunning);
    note_step(begin);
  } else if (outcome == Advance::kThinking) {
    if (state_ != RunState::kThinking) publish(RunState::kThinking);
    due_ = last_ = Clock::now() + milliseconds(2);
  }
  lock.lock();
  if (outcome == Advance::kStepped && single_) playing_ = single_ = false;
}

// Pauses; an empty message means that there is nothing more to play.
void SimThread::fail(const std::string& message) {
  failure_ = message;
  {
    const std::lock_guard lock(mutex_);
    playing_ = single_ = false;
  }
  publish(message.empty() ? RunState::kPaused : RunState::kFailed);
}

void SimThread::note_step(Clock::time_point begin) {
  const std::shared_ptr<const Snapshot> now = snapshot();
  const std::lock_guard lock(mutex_);
  const double dt = simulation_->character().control_dt();
  const auto period = std::chrono::duration_cast<Clock::duration>(duration<double>(dt / speed_));
  const double wall = duration<double>(begin - last_).count();
  if (wall > 0) factor_ += 0.03 * (dt / std::max(wall, 0.2 * dt) - factor_);
  timing_.simulated += dt;
  timing_.wall += wall;
  last_ = begin;
  due_ += period;
  if (duration<double>(Clock::now() - due_).count() > kGiveUpSeconds) due_ = Clock::now();
  if (now->characters.empty() || !now->characters[0].plan) return;
  const CharacterView& c = now->characters[0];
  timing_.plan_ages.push_back(c.plan_age);
  if (c.plan->id != last_plan_) timing_.plan_seconds.push_back(c.plan->seconds);
  last_plan_ = c.plan->id;
}

void SimThread::publish(RunState state) {
  state_ = state;
  auto made = std::make_shared<Snapshot>(simulation_->snapshot());
  made->serial = ++serial_;
  made->made = Clock::now();
  made->state = state;
  if (!failure_.empty()) made->message = failure_;
  const std::lock_guard lock(mutex_);
  made->real_time_factor = factor_;
  made->speed = speed_;
  snapshot_ = std::move(made);
}

}  // namespace foresight
