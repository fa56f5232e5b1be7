// Worker mode for a real-time app: planning runs on its own thread, physics never waits for it.
// A plan started at step n knows the D actions already committed and decides those of n .. n + D;
// the one executed is that of the plan's age (design.md decision 6).
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

enum class PlanAge {
  kFresh,   // an action of the plan
  kHeld,    // older than D: its last target
  kTooOld,  // older than `pause_after`: the app pauses
};

struct WorkerAction {
  std::vector<double> action;  // nu, rad
  std::int64_t plan = -1;      // number of the plan, -1: none yet
  int age = 0;                 // control steps since its observation
  PlanAge kind = PlanAge::kHeld;
};

/// Drives a controller of one world whose options.sampler.action_lead is D. Not thread safe: call
/// from the thread that steps the physics.
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
  using Actions = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  struct Result {
    Actions actions;
    LookaheadPlan plan;
    ControlStatus status = ControlStatus::kOk;
    double seconds = 0;
    std::exception_ptr error;
  };

  Result make_plan(const AheadRequest& request);
  bool take_finished();
  bool may_start() const;
  void start_plan(int committed);
  WorkerAction action_at(std::int64_t step) const;
  void thread_loop();
  void wait_idle();

  LookaheadController& controller_;
  std::vector<PlanTiming> schedule_;
  std::vector<PlanTiming> timings_;
  TaskValues values_;
  std::shared_ptr<const Surroundings> surroundings_;
  std::optional<Task> task_;
  int lead_;

  // Of the physics thread.
  std::int64_t step_ = 0, plan_number_ = -1, plan_start_ = 0;
  std::optional<Actions> plan_;
  std::optional<LookaheadPlan> shown_;
  ControlStatus status_ = ControlStatus::kOk;
  double plan_seconds_ = 0;
  bool prepared_ = false;
  std::vector<double> held_;
  std::vector<BodyState> unseen_states_;
  std::vector<std::vector<double>> unseen_executed_;
  bool running_ = false;
  std::int64_t running_start_ = 0;

  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<AheadRequest> request_;
  std::optional<Result> result_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace foresight
