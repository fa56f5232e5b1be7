// Worker mode for a real-time app: planning runs on its own thread, physics never waits for it.
// A plan started at step n knows the D actions already committed and decides those of n .. n + D;
// the one executed is that of the plan's age (design.md decision 6).
#pragma once

#include <Eigen/Core>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "controller/lookahead_controller.h"

namespace foresight {

/// When a plan was started and from which control step on it was used.
struct PlanTiming {
  std::int64_t start = 0, ready = 0;
  bool operator==(const PlanTiming&) const = default;
};

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

  /// Starts anew from a state with PD targets in force. Waits for a running plan.
  void reset(std::uint64_t seed, const BodyState& state, std::span<const double> held);

  /// Values of the task, used from the next plan on.
  void set_values(const TaskValues& values) { values_ = values; }

  /// Takes the state of this control step and returns the action to execute now.
  WorkerAction step(const BodyState& state);

  /// Plans of this run so far that were used.
  const std::vector<PlanTiming>& timings() const { return timings_; }

  /// Plans older than this many control steps pause the app.
  int pause_after = 10;

 private:
  using Actions = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  bool take_finished();
  bool may_start() const;
  void start_plan();
  WorkerAction action_at(std::int64_t step) const;
  void thread_loop();
  void wait_idle();

  LookaheadController& controller_;
  std::vector<PlanTiming> schedule_;
  std::vector<PlanTiming> timings_;
  TaskValues values_;
  int lead_;

  // Of the physics thread.
  std::int64_t step_ = 0, plan_number_ = -1, plan_start_ = 0;
  std::optional<Actions> plan_;
  std::vector<double> held_;
  std::vector<BodyState> unseen_states_;
  std::vector<std::vector<double>> unseen_executed_;
  bool running_ = false;
  std::int64_t running_start_ = 0;

  // Shared.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<AheadRequest> request_;
  std::optional<Actions> result_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace foresight
