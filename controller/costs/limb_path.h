// LimbPath: where a limb is to be in every frame of a predicted motion, and the moves there.
#pragma once

#include <vector>

#include "controller/costs/limb_pose.h"
#include "controller/costs/predicted_motion.h"

namespace foresight {

/// Ends of a limb's links in every frame after now, in the heading frame of now, m.
using LimbPath = std::vector<std::vector<Eigen::Vector3d>>;

/// The limb as it is predicted.
LimbPath predicted_limb(const PredictedMotion& motion, const Limb& limb);

/// Where the limb hangs on the trunk in frame f.
Eigen::Vector3d limb_joint(const PredictedMotion& motion, const Limb& limb, int f);

/// Moves (MotionGradient::move) that put the limb's key points, their velocities and the last
/// link's rotation on the path in frames [first, last]. Returns half the sum of the tip's squared
/// distances to it, m^2.
double move_limb(const PredictedMotion& motion, const Limb& limb, const LimbPath& path, int first,
                 int last, double dt, MotionGradient& gradient);

}  // namespace foresight
