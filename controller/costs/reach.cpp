// Cost of bringing a key point to a point in space in time.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "controller/costs/limb_pose.h"
#include "controller/costs/terms.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kBegin = 0.9;         // s before the due time
constexpr double kShareOfTime = 0.15;  // the distance falls to 1/e in this share of the time left,
constexpr double kShortest = 0.08;     // s, not faster

/// Ends of a limb's links in every frame.
using LimbPath = std::vector<std::vector<Vector3d>>;

// Where the limb is on its way from where it is now to the target: nearer with every frame, from
// the first on. What began slowly would be put off in every control step anew.
LimbPath limb_path(const PredictedMotion& motion, const Limb& limb, const Vector3d& target,
                   double due, double dt) {
  const Vector3d gap = motion.key_position_now(limb.keys.back()) - target;
  const double tau = std::max(kShareOfTime * due, kShortest);
  LimbPath path(motion.frames());
  for (int f = 0; f < motion.frames(); ++f) {
    const Vector3d joint = motion.key_position(f, limb.trunk) + motion.from_own(f, limb.joint);
    for (const int key : limb.keys) path[f].push_back(motion.key_position(f, key));
    bend_limb(joint, limb.lengths, target + std::exp(-(f + 1) * dt / tau) * gap, path[f]);
  }
  return path;
}

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

double place_limb(const PredictedMotion& motion, const Limb& limb, const LimbPath& path, double dt,
                  MotionGradient& gradient) {
  const StateLayout& layout = motion.layout();
  double sum = 0;
  for (int f = 0; f < motion.frames(); ++f) {
    for (std::size_t i = 0; i < limb.keys.size(); ++i) {
      const int key = limb.keys[i];
      const Vector3d error = path[f][i] - motion.key_position(f, key);
      const Vector3d slip = velocity_on(path, f, i, dt) - motion.key_velocity(f, key);
      gradient.move(f, layout.key_position() + 3 * key, motion.to_own(f, error));
      gradient.move(f, layout.key_velocity() + 3 * key, motion.to_own(f, slip));
      if (key == limb.keys.back()) sum += 0.5 * error.squaredNorm();
    }
    if (limb.end_effector >= 0 && limb.keys.size() > 1) {
      const std::size_t last = limb.keys.size() - 1;
      turn_link(motion, f, limb, path[f][last] - path[f][last - 1], gradient);
    }
  }
  return sum;
}

}  // namespace

Cost reach_cost(double weight, const ReachParameters& p) {
  return {"reach", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const std::vector<double>& v = world.values;
            const int key =
                std::clamp(static_cast<int>(std::lround(v[p.key])), 0, motion.layout().K() - 1);
            const Limb& limb = motion.layout().limbs[key];
            if (v[p.due] > kBegin || limb.keys.empty()) return 0.0;
            Vector3d target(0, 0, v[p.z]);
            target.head<2>() = world.frame.point_in({v[p.x], v[p.y]});
            const LimbPath path = limb_path(motion, limb, target, v[p.due], world.dt);
            return place_limb(motion, limb, path, world.dt, gradient);
          }};
}

}  // namespace foresight
