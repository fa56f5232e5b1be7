// Costs of not running into things and of standing on them.
#include <cmath>

#include "controller/costs/terms.h"

namespace foresight {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kSharpness = 4.0;    // 1/m
constexpr double kFarAway = 2.0;      // m, beyond it the barrier is not felt
constexpr double kArm = 1.0;          // m, beyond it hands and feet are not looked at
constexpr double kRootRadius = 0.25;  // m
constexpr double kMoverRadius = 0.3;  // m, of the root against things that move
constexpr double kFootHeight = 0.25;  // m, a foot lower than this is about to stand
constexpr double kEdge = 0.1;         // m

struct Barrier {
  double value, slope;
};

// exp(-c d) / c, continued straight below 0 so that the slope stays 1.
Barrier barrier(double distance) {
  if (distance < 0) return {1 / kSharpness - distance, -1};
  const double e = std::exp(-kSharpness * distance);
  return {e / kSharpness, -e};
}

double frame_barrier(const PredictedMotion& motion, int f, const Obstacle& o,
                     MotionGradient& gradient) {
  Vector3d away;
  const double distance = signed_distance(o, motion.root_position(f), &away) - kRootRadius;
  if (distance > kFarAway) return 0;
  Barrier b = barrier(distance);
  double sum = b.value;
  gradient.root_position(f, b.slope * away);
  if (distance > kArm) return sum;
  const double share = 1.0 / motion.layout().K();
  for (int k = 0; k < motion.layout().K(); ++k) {
    const double radius = motion.layout().key_radius[k];
    b = barrier(signed_distance(o, motion.key_position(f, k), &away) - radius);
    sum += share * b.value;
    gradient.key_position(f, k, share * b.slope * away);
  }
  return sum;
}

// Half the squared depths of all bodies in one thing.
double depth_cost(const PredictedMotion& motion, const Obstacle& o, MotionGradient& gradient) {
  double sum = 0;
  for (int f = 0; f < motion.frames(); ++f) {
    for (int k = 0; k < motion.layout().K(); ++k) {
      Vector3d away;
      const double depth = -signed_distance(o, motion.key_position(f, k), &away);
      if (depth <= 0) continue;
      sum += 0.5 * depth * depth;
      gradient.key_position(f, k, -depth * away);
    }
  }
  return sum;
}

// Nearest platform's distance in the plan for a foot on its way down, 0 when well inside one.
double foothold_gap(const std::vector<Obstacle>& platforms, const Vector3d& foot, Vector3d* way) {
  double best = 1e9;
  for (const Obstacle& o : platforms) {
    Vector3d gradient;
    const double gap = plan_distance(o, foot, &gradient) + kEdge;
    if (gap < best) {
      best = gap;
      *way = gradient;
    }
  }
  return best < 1e9 ? std::max(0.0, best) : 0.0;
}

}  // namespace

Cost obstacle_cost(double weight) {
  return {"obstacles", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            for (const Obstacle& o : world.avoid) {
              for (int f = 0; f < motion.frames(); ++f)
                sum += frame_barrier(motion, f, o, gradient);
            }
            return sum;
          }};
}

Cost mover_cost(double weight) {
  return {
      "movers", weight,
      [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
        double sum = 0;
        for (const Mover& mover : world.movers) {
          for (int f = 0; f < motion.frames(); ++f) {
            const Vector2d apart = motion.root_position(f).head<2>() - mover.at(f);
            const double far = std::max(apart.norm(), 1e-6);
            const Barrier b = barrier(far - mover.radius - kMoverRadius);
            sum += b.value;
            gradient.root_position(f, {b.slope * apart.x() / far, b.slope * apart.y() / far, 0});
          }
        }
        return sum;
      }};
}

double root_barrier(const Surroundings& around, const Vector3d& root) {
  double nearest = kFarAway;
  for (const Obstacle& o : around.obstacles) {
    if (use_of(o) != ObstacleUse::kAvoid) continue;
    nearest = std::min(nearest, signed_distance(o, root, nullptr) - kRootRadius);
  }
  for (const Mover& m : around.movers) {
    if (m.path.empty()) continue;
    nearest = std::min(nearest, (root.head<2>() - m.at(0)).norm() - m.radius - kMoverRadius);
  }
  return kSharpness * barrier(nearest).value;
}

Cost penetration_cost(double weight) {
  return {"penetration", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            for (const Obstacle& o : world.stand_on) sum += depth_cost(motion, o, gradient);
            for (const Obstacle& o : world.step_over) sum += depth_cost(motion, o, gradient);
            return sum;
          }};
}

Cost foothold_cost(double weight) {
  return {"foothold", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            if (world.stand_on.empty()) return sum;
            for (const int k : motion.layout().feet) {
              for (int f = 0; f < motion.frames(); ++f) {
                const Vector3d foot = motion.key_position(f, k);
                if (foot.z() > kFootHeight) continue;
                Vector3d way;
                const double gap = foothold_gap(world.stand_on, foot, &way);
                if (gap == 0) continue;
                sum += 0.5 * gap * gap;
                gradient.key_position(f, k, gap * way);
              }
            }
            return sum;
          }};
}

}  // namespace foresight
