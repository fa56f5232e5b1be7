// A body on the floor and the motions by which it could get up. A motion begins with its first
// frame, in which the body lies.
#pragma once

#include <span>

#include "controller/expert/reference_motion.h"
#include "controller/ground_pose.h"

namespace foresight {

/// The motion that begins on the side on which the body lies: the clip of `motions` in whose first
/// frame "up" has most nearly the same direction seen from the root.
int motion_for(const ReferenceMotion& motions, const Eigen::Quaterniond& root);

/// The turn about the vertical and the shift on the floor that bring points `from` (3 x N stacked,
/// m) closest to `to`, in the sense of least squares on the floor (Procrustes). The result takes a
/// point p to point_out(p).
GroundPose laid_over(const Eigen::VectorXd& from, const Eigen::VectorXd& to);

/// Moves PD targets (nu, rad) towards the joint angles in which a motion begins, by one control
/// step at a pace that does not throw the body about.
void ease_into(const Character& character, const ReferenceMotion& motions, int motion,
               double* targets);

/// A body that has been easing into a motion for `seconds` may begin it: it hardly moves any more,
/// or has had time enough.
bool ready_to_rise(const CharacterIndex& index, const mjData& data, double seconds);

/// Positions of all bodies (3 B stacked), world, m.
Eigen::VectorXd body_positions(const CharacterIndex& index, const mjData& data);

}  // namespace foresight
