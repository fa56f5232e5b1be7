// Makes a character follow goals through a whole motion.
#pragma once

#include <Eigen/Core>

#include "sim/character.h"
#include "sim/motion/pose_solver.h"
#include "sim/motion/retarget_goals.h"

namespace foresight {

/// Poses (nq x frames) that follow the goals of every frame, from nothing but the goals. Each frame
/// is solved twice, warm-started from either neighbour, and the cheaper continuous path is taken.
Eigen::MatrixXd solve_motion(const Character& character, const RetargetGoals& goals,
                             PoseSolver& solver);

/// Improves poses in place: every frame is solved again, drawn to the mean of its neighbours, which
/// takes out jitter without lag.
void smooth_motion(const Character& character, const RetargetGoals& goals, PoseSolver& solver,
                   Eigen::MatrixXd& qpos);

/// Unit root quaternions whose sign does not jump; the first one has w >= 0.
void continuous_quaternions(Eigen::MatrixXd& qpos);

}  // namespace foresight
