// Clips on another path than the one on which they were captured: what bend_path() and
// add_side_steps() (augment.h, side_steps.h) have in common.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "sim/character.h"
#include "sim/motion/clip.h"
#include "sim/rotation.h"

namespace foresight {

/// Where a frame of the original goes: turned about the vertical through `from` and moved to `to`.
/// The body leans into a curve about a point on the ground, which is as far outside the path as
/// brings the root back onto it; the feet stay level beside that point.
struct Placement {
  double yaw = 0;  // rad
  Quaterniond lean = Quaterniond::Identity();
  Vector3d from, to;  // m

  Vector3d ground() const;
  Vector3d upright(const Vector3d& x) const;
  Vector3d leaned(const Vector3d& x) const;
  Quaterniond turn() const { return lean * quat_from_yaw(yaw); }
};

/// The root's horizontal path without the sway of the steps, 2 x frames, m.
Eigen::Matrix2Xd smooth_path(const Clip& clip);

/// Poses (nq x frames) of the clip with every frame at its placement. Standing feet stay where they
/// are (inverse kinematics).
Eigen::MatrixXd placed_poses(const Character& character, const Clip& clip,
                             const std::vector<Placement>& place);

}  // namespace foresight
