// Worker mode for a real-time app: planning runs on its own thread, physics never waits for it.
// A plan is known only some control steps after the state that it starts from. Every step the
// physics thread has the network make the action of now from the state of now and the states of
// the newest plan, which takes a few calls instead of all of a plan.
#pragma once

#include <Eigen/Core>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "controller/control_log.h"
#include "controller/lookahead_controller.h"

namespace foresight {

struct WorkerAction {
  std::vector<double> action;  // nu, rad
  std::int64_t plan = -1;      // number of the plan, -1: none yet, the last targets are held
  int age = 0;                 // control steps since its observation
};

/// Drives a controller of one world. Not thread safe: call from the thread that steps the physics.
class PlanWorker {
 public:
  /// With a `schedule` (the timings of an earlier run) plans start and are used at exactly the same
  /// steps as then; without, as soon as possible.
  PlanWorker(LookaheadController& controller, std::vector<PlanTiming> schedule = {});
  ~PlanWorker();
  PlanWorker(const PlanWorker&) = delete;
  PlanWorker& operator=(const PlanWorker&) = delete;

  /// Plans of the run that the next reset() begins start and are used as `schedule` says; with an
  /// empty one as soon as possible.
  void follow(std::vector<PlanTiming> schedule) { schedule_ = std::move(schedule); }

  /// Starts anew from a state with PD targets in force. Waits for a running plan.
  void reset(std::uint64_t seed, const BodyState& state, std::span<const double> held);

  /// After reset(): a state that came before the first one, oldest first, with the action executed
  /// before it. Replaces the assumed motion at constant velocity.
  void remember(const BodyState& state, std::span<const double> executed);
  /// Starts the first plan without a control step. Call step() with the same state once thinking()
  /// is false, and nothing was executed without a plan. A schedule must begin with {0, 0}.
  void prepare(const BodyState& state);
  /// All of that: begins anew at `start.now` with its past, and starts the first plan.
  void start(const ControlStart& start);
  /// True while a plan is being made.
  bool thinking() const;

  /// Values of the task, used from the next plan on.
  void set_values(const TaskValues& values) { values_ = values; }
  /// Obstacles, movers and keyframes, used from the next plan on; null: nothing.
  void set_surroundings(std::shared_ptr<const Surroundings> surroundings) {
    surroundings_ = std::move(surroundings);
  }
  /// Task with its values, used from the next plan on.
  void set_task(const Task& task, const TaskValues& values);

  /// Takes the state of this control step and returns the action to execute now. Rethrows what went
  /// wrong while planning; the worker can be reset after that.
  WorkerAction step(const BodyState& state);

  /// The plan being executed; nothing before the first one.
  const std::optional<LookaheadPlan>& plan() const { return shown_; }
  ControlStatus status() const { return status_; }
  /// Seconds that the plan being executed took.
  double plan_seconds() const { return plan_seconds_; }

  /// Plans of this run so far that were used.
  const std::vector<PlanTiming>& timings() const { return timings_; }

  /// Plans older than this many control steps pause the app.
  int pause_after = 10;
  /// Control steps from the start of one plan to that of the next, at least.
  int start_every = 1;

 private:
  struct Result {
    LookaheadPlan plan;
    ControlStatus status = ControlStatus::kOk;
    double seconds = 0;
    std::exception_ptr error;
  };

  Result make_plan(const SeenStates& seen);
  bool take_finished();
  bool may_start() const;
  void start_plan();
  WorkerAction act(const BodyState& state);
  void thread_loop();
  void wait_idle();

  LookaheadController& controller_;  // of the planner's thread while it plans
  LookaheadController follower_;
  std::vector<PlanTiming> schedule_;
  std::vector<PlanTiming> timings_;
  TaskValues values_;
  std::shared_ptr<const Surroundings> surroundings_;
  std::optional<Task> task_;

  // Of the physics thread.
  std::int64_t step_ = 0, plan_number_ = -1, plan_start_ = 0;
  std::optional<LookaheadPlan> shown_;
  ControlStatus status_ = ControlStatus::kOk;
  double plan_seconds_ = 0;
  bool prepared_ = false;
  std::vector<double> held_;
  SeenStates unseen_;
  bool running_ = false;
  std::int64_t running_start_ = 0;

  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<SeenStates> request_;
  std::optional<Result> result_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace foresight
