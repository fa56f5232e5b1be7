// A planned trajectory in a maze, how good it looks, and how it is followed: interpolation between
// frames and Diffuser's PD tracker, or its own actions.
#pragma once

#include <vector>

#include "sim/maze/maze_episode.h"

namespace foresight {

/// States a fixed number of steps apart; the first one is the state at planning time.
struct MazePlan {
  std::vector<MazeObservation> frames;
  std::vector<MazeAction> actions;  ///< one per frame, as planned; empty: unknown
  int stride = 1;                   ///< steps of 0.01 s between frames
  bool plausible = true;            ///< stays in places that the data visits and moves as it says
  double defect = 0;                ///< m, largest jump that the planned velocities do not explain
  double outside = 0;               ///< share of the way outside visited places

  int steps() const { return (static_cast<int>(frames.size()) - 1) * stride; }
};

/// Planned state at a step (0: now): cubic Hermite between frames. After the end: the last position
/// with velocity 0.
MazeObservation plan_state(const MazePlan& plan, int step);

/// Diffuser's tracker: action = (wp - pos) + (wp velocity - velocity) for the plan's next state.
/// It acts on units of [-1, 1] as they are; the environment clips.
MazePolicy track_plan(const MazePlan& plan);

/// Planned action at a step: linear between frames. After the end: 0.
MazeAction plan_action(const MazePlan& plan, int step);

/// Executes the plan's own actions, whatever the state.
MazePolicy act_out_plan(const MazePlan& plan);

enum class PlanExecution { kTrack, kActions };
MazePolicy follow_plan(const MazePlan& plan, PlanExecution execution);

/// For choosing among plans, smaller is better. Plausible ones come first, by their length; the
/// others by how far they leave visited places, which may be through a wall, and only then by how
/// jagged they are, which the tracker smooths.
double badness(const MazePlan& plan);

/// Largest distance between a frame's position and what the planned velocities lead to, m.
double plan_defect(const MazePlan& plan);

}  // namespace foresight
