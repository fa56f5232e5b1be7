#include "controller/costs/limb_path.h"

#include <algorithm>
#include <numbers>

#include "sim/rotation.h"

namespace foresight {
namespace {

Vector3d velocity_on(const LimbPath& path, int f, std::size_t link, double dt) {
  const int before = std::max(f - 1, 0), after = std::min<int>(f + 1, path.size() - 1);
  return (path[after][link] - path[before][link]) / ((after - before) * dt);
}

// The same rotation as a vector next to `near`, perhaps longer than half a turn.
Vector3d nearest_rotvec(const Quaterniond& rotation, const Vector3d& near) {
  const Vector3d shortest = rotvec_of(rotation);
  const double angle = shortest.norm();
  if (angle < 1e-3) return shortest;
  const Vector3d other = shortest * (1 - 2 * std::numbers::pi / angle);
  return (other - near).norm() < (shortest - near).norm() ? other : shortest;
}

// Turns the last link from where it points to where it should.
void turn_link(const PredictedMotion& motion, int f, const Limb& limb, const Vector3d& along,
               MotionGradient& gradient) {
  const int first = motion.layout().end_effector_rotation() + 3 * limb.end_effector;
  const Eigen::Map<const Vector3d> now(motion.token(f) + first);
  const Quaterniond rotation = quat_from_rotvec(now);
  const Vector3d points = rotation * limb.axis;
  const Quaterniond turn = Quaterniond::FromTwoVectors(points, motion.to_own(f, along));
  gradient.move(f, first, nearest_rotvec(turn * rotation, now) - now);
}

}  // namespace

LimbPath predicted_limb(const PredictedMotion& motion, const Limb& limb) {
  LimbPath path(motion.frames());
  for (int f = 0; f < motion.frames(); ++f) {
    for (const int key : limb.keys) path[f].push_back(motion.key_position(f, key));
  }
  return path;
}

Vector3d limb_joint(const PredictedMotion& motion, const Limb& limb, int f) {
  return motion.key_position(f, limb.trunk) + motion.from_own(f, limb.joint);
}

double move_limb(const PredictedMotion& motion, const Limb& limb, const LimbPath& path, int first,
                 int last, double dt, MotionGradient& gradient) {
  const StateLayout& layout = motion.layout();
  double sum = 0;
  for (int f = first; f <= last; ++f) {
    for (std::size_t i = 0; i < limb.keys.size(); ++i) {
      const int key = limb.keys[i];
      const Vector3d error = path[f][i] - motion.key_position(f, key);
      const Vector3d slip = velocity_on(path, f, i, dt) - motion.key_velocity(f, key);
      gradient.move(f, layout.key_position() + 3 * key, motion.to_own(f, error));
      gradient.move(f, layout.key_velocity() + 3 * key, motion.to_own(f, slip));
      if (key == limb.keys.back()) sum += 0.5 * error.squaredNorm();
    }
    if (limb.end_effector >= 0 && limb.keys.size() > 1) {
      const std::size_t tip = limb.keys.size() - 1;
      turn_link(motion, f, limb, path[f][tip] - path[f][tip - 1], gradient);
    }
  }
  return sum;
}

}  // namespace foresight
