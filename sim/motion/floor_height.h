// The floor under a motion. Captured floors are tilted and drift by centimetres; a body that is
// never higher than this comes down to them.
#pragma once

#include <Eigen/Core>

#include "sim/character.h"
#include "sim/motion/pose_solver.h"

namespace foresight {

/// Height of the floor per frame (frames, m): what the lowest point of the body comes down to
/// within half a second, smoothed. Flights are shorter than a second and do not lift it.
Eigen::VectorXd floor_height(const Character& character, const Eigen::MatrixXd& qpos, double fps,
                             PoseSolver& solver);

/// The same of any height over time; `reach` frames to either side.
Eigen::VectorXd lower_envelope(const Eigen::VectorXd& height, int reach);

}  // namespace foresight
