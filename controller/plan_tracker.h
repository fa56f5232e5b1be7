// PlanTracker: the baseline kin+track. The look-ahead network's predicted states, without its
// actions, become a reference motion (pose_from_state) that the tracking expert follows; a new plan
// is made only every few control steps.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "controller/expert/expert_policy.h"
#include "controller/expert/tracking.h"
#include "controller/lookahead_controller.h"
#include "controller/pose_from_state.h"
#include "sim/base/parallel.h"

namespace foresight {

/// A character in a world, and the slot that plans for it.
struct TrackedBody {
  const World* world = nullptr;
  int which = 0;
};

class PlanTracker {
 public:
  /// `replan`: control steps per plan, 1 or more and at most the plan's future.
  PlanTracker(std::shared_ptr<const Character> character, ExpertPolicy expert, int replan);

  int replan() const { return replan_; }

  /// Starts anew with the next plan; call when all slots were reset.
  void reset();

  /// One control step for all slots: plans with `planner` or lets it watch, then tracks.
  void act(LookaheadController& planner, std::span<const BodyState> states,
           std::span<const TrackedBody> bodies, WorkerPool& pool);

  /// PD targets of one slot (nu, rad, within ctrlrange).
  std::span<const double> action(int slot) const { return targets_.at(slot); }

 private:
  void take_plan(const LookaheadController& planner, std::span<const TrackedBody> bodies,
                 WorkerPool& pool);
  void read_reference(int slot, const LookaheadController& planner, const TrackedBody& body);

  std::shared_ptr<const Character> character_;
  ExpertPolicy expert_;
  int replan_;
  int age_ = 0;  // control steps since the last plan
  std::vector<std::unique_ptr<StatePoseSolver>> solvers_;
  std::vector<std::optional<TrackingTables>> tables_;
  std::vector<ReferenceMotion> references_;
  std::vector<std::vector<double>> targets_;
};

}  // namespace foresight
