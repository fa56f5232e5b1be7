// What the terms that ask for a velocity share.
#pragma once

#include <functional>

#include "controller/costs/predicted_motion.h"

namespace foresight {

/// 0.5 sum_t |e_t|^2, e_t = the root's horizontal velocity less `target(f)`, mean over half a
/// second around t; adds the gradient. The mean leaves gait and balance alone: bodies sway about
/// the velocity that they are asked for, and one that may not sway falls.
double mean_velocity_cost(const PredictedMotion& motion,
                          const std::function<Eigen::Vector2d(int f)>& target, int frames,
                          double dt, MotionGradient& gradient);

}  // namespace foresight
