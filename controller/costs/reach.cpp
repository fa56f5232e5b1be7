// Cost of bringing a key point to a point in space in time.
#include <algorithm>
#include <cmath>

#include "controller/costs/terms.h"
#include "sim/motion/blend.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr double kReachSeconds = 0.7;   // what a reaching movement takes
constexpr double kShortest = 0.25;      // s, when there is less time left or none
constexpr double kVelocityShare = 0.1;  // of the velocity's error in the cost

/// A movement of least jerk from a place and velocity to a place of rest.
struct Movement {
  Vector3d from, velocity, to;
  double begin, duration;  // s

  Vector3d at(double seconds) const {
    const double u = std::clamp((seconds - begin) / duration, 0.0, 1.0);
    const double swing = u - u * u * u * (6 + u * (3 * u - 8));
    return from + least_jerk(u) * (to - from) + duration * swing * velocity;
  }
  Vector3d velocity_at(double seconds) const {
    constexpr double h = 1e-3;
    return (at(seconds + h) - at(seconds - h)) / (2 * h);
  }
};

// Until it begins the point goes along with the root.
Movement movement_to(const Vector3d& target, double due, int key, const PredictedMotion& motion) {
  Movement m;
  m.begin = std::max(0.0, due - kReachSeconds);
  m.duration = std::max(due - m.begin, kShortest);
  const Vector3d root = motion.root_velocity_now();
  m.from = motion.key_position_now(key) + m.begin * root;
  m.velocity = m.begin > 0 ? root : Vector3d(root + motion.key_velocity_now(key));
  m.to = target;
  return m;
}

}  // namespace

Cost reach_cost(double weight, const ReachParameters& p) {
  return {"reach", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const std::vector<double>& v = world.values;
            const int key =
                std::clamp(static_cast<int>(std::lround(v[p.key])), 0, motion.layout().K() - 1);
            Vector3d target(0, 0, v[p.z]);
            target.head<2>() = world.frame.point_in({v[p.x], v[p.y]});
            const Movement movement = movement_to(target, v[p.due], key, motion);
            double sum = 0;
            for (int f = 0; f < motion.frames(); ++f) {
              if (world.seconds(f) < movement.begin) continue;
              const double t = world.seconds(f);
              const Vector3d error = motion.key_position(f, key) - movement.at(t);
              const Vector3d slip = motion.key_velocity(f, key) - movement.velocity_at(t);
              sum += 0.5 * error.squaredNorm() + 0.5 * kVelocityShare * slip.squaredNorm();
              gradient.key_position(f, key, error);
              gradient.key_velocity(f, key, kVelocityShare * slip);
            }
            return sum;
          }};
}

}  // namespace foresight
