#include "sim/motion/bend_path.h"

#include <algorithm>
#include <cmath>

#include "sim/motion/placed_poses.h"

namespace foresight {
namespace {

constexpr double kLeanSeconds = 0.5;  // window of the velocity that the body leans against
constexpr double kGravity = 9.81;     // m/s^2
constexpr double kMaxLean = 0.5;      // rad

// Lean that balances the centripetal acceleration at frame t, from the mean velocity around it.
Quaterniond lean_at(const Eigen::Matrix2Xd& path, int t, double fps, double curvature, double yaw) {
  const int reach = std::max(1, static_cast<int>(0.5 * kLeanSeconds * fps));
  const int a = std::max(t - reach, 0), b = std::min<int>(t + reach, path.cols() - 1);
  const Eigen::Vector2d velocity = fps / std::max(b - a, 1) * (path.col(b) - path.col(a));
  const double speed = velocity.norm();
  if (speed < 1e-6) return Quaterniond::Identity();
  const double angle = std::atan(speed * speed * curvature / kGravity);
  const Vector3d along(velocity.x() / speed, velocity.y() / speed, 0);
  return quat_from_rotvec(-std::clamp(angle, -kMaxLean, kMaxLean) * (quat_from_yaw(yaw) * along));
}

std::vector<Placement> placements(const Clip& clip, double curvature) {
  const Eigen::Matrix2Xd path = smooth_path(clip);
  std::vector<Placement> out;
  Vector3d to = clip.qpos.col(0).head<3>();
  double yaw = 0;
  for (int t = 0; t < clip.frames(); ++t) {
    const Vector3d from = clip.qpos.col(t).head<3>();
    if (t > 0) {
      const double turn = curvature * (path.col(t) - path.col(t - 1)).norm();
      to += quat_from_yaw(yaw + 0.5 * turn) * (from - out.back().from);
      yaw += turn;
    }
    out.push_back({yaw, lean_at(path, t, clip.fps, curvature, yaw), from, to});
  }
  return out;
}

}  // namespace

Eigen::MatrixXd bent_poses(const Character& character, const Clip& clip, double curvature) {
  return placed_poses(character, clip, placements(clip, curvature));
}

}  // namespace foresight
