#include "controller/planners/maze_plan.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

struct HermiteWeights {
  double from, from_velocity, to, to_velocity;
};

/// Position weights at share s of an interval of `h` seconds.
HermiteWeights position_weights(double s, double h) {
  const double s2 = s * s, s3 = s2 * s;
  return {2 * s3 - 3 * s2 + 1, h * (s3 - 2 * s2 + s), -2 * s3 + 3 * s2, h * (s3 - s2)};
}

}  // namespace

MazeObservation plan_state(const MazePlan& plan, int step) {
  FS_CHECK(!plan.frames.empty() && step >= 0);
  const int frame = step / plan.stride;
  if (frame + 1 >= static_cast<int>(plan.frames.size())) {
    const MazeObservation& last = plan.frames.back();
    const bool at_end = step <= plan.steps();
    return {last[0], last[1], at_end ? last[2] : 0.0, at_end ? last[3] : 0.0};
  }
  const double share = static_cast<double>(step % plan.stride) / plan.stride;
  const HermiteWeights w = position_weights(share, plan.stride * kMazeStepSeconds);
  const MazeObservation &a = plan.frames[frame], &b = plan.frames[frame + 1];
  MazeObservation state;
  for (int i = 0; i < 2; ++i) {
    state[i] = w.from * a[i] + w.from_velocity * a[2 + i] + w.to * b[i] + w.to_velocity * b[2 + i];
    state[2 + i] = (1 - share) * a[2 + i] + share * b[2 + i];
  }
  return state;
}

MazePolicy track_plan(const MazePlan& plan) {
  return [plan](const MazeObservation& state, const MazePoint&, int step) {
    const MazeObservation wanted = plan_state(plan, step + 1);
    MazeAction action;
    for (int i = 0; i < 2; ++i) {
      action[i] = (wanted[i] - state[i]) + (wanted[2 + i] - state[2 + i]);
    }
    return action;
  };
}

MazeAction plan_action(const MazePlan& plan, int step) {
  FS_CHECK(plan.actions.size() == plan.frames.size() && step >= 0);
  if (step >= plan.steps()) return {0, 0};
  const double share = static_cast<double>(step % plan.stride) / plan.stride;
  const MazeAction &a = plan.actions[step / plan.stride], &b = plan.actions[step / plan.stride + 1];
  return {(1 - share) * a[0] + share * b[0], (1 - share) * a[1] + share * b[1]};
}

MazePolicy act_out_plan(const MazePlan& plan) {
  return [plan](const MazeObservation&, const MazePoint&, int step) {
    return plan_action(plan, step);
  };
}

MazePolicy follow_plan(const MazePlan& plan, PlanExecution execution) {
  return execution == PlanExecution::kTrack ? track_plan(plan) : act_out_plan(plan);
}

double badness(const MazePlan& plan) {
  constexpr double kImplausible = 1e6;
  constexpr double kWholeWayOutside = 30;  // weighs as much as a jump of so many m
  if (plan.plausible) return plan.steps() + plan.defect;
  return kImplausible + 1e3 * (kWholeWayOutside * plan.outside + plan.defect);
}

double plan_defect(const MazePlan& plan) {
  const double half = 0.5 * plan.stride * kMazeStepSeconds;
  double worst = 0;
  for (std::size_t i = 0; i + 1 < plan.frames.size(); ++i) {
    const MazeObservation &a = plan.frames[i], &b = plan.frames[i + 1];
    const double dx = b[0] - a[0] - half * (a[2] + b[2]);
    worst = std::max(worst, std::hypot(dx, b[1] - a[1] - half * (a[3] + b[3])));
  }
  return worst;
}

}  // namespace foresight
