// Costs that pull towards a place or a pose.
#include <algorithm>
#include <cmath>

#include "controller/costs/easing.h"
#include "controller/costs/terms.h"
#include "controller/costs/velocity_error.h"

namespace foresight {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kSlowDown = 1.0;    // m from the goal
constexpr double kPullRadius = 0.5;  // m

Vector2d goal_of(const CostWorld& world, const GoalParameters& goal) {
  return world.frame.point_in({world.values[goal.x], world.values[goal.y]});
}

// Towards the goal, of length 1 until the last metre.
Vector2d pull(const Vector2d& way) {
  const double far = std::max(way.norm(), 1e-6);
  return std::min(1.0, far / kSlowDown) / far * way;
}

}  // namespace

// Direction and distance of the goal are taken as given: their own derivative would only say "be
// somewhere else" (BeyondMimic S6, early versions).
Cost approach_cost(double weight, const GoalParameters& goal, int speed) {
  return {"approach", weight,
          [goal, speed](const PredictedMotion& motion, const CostWorld& world,
                        MotionGradient& gradient) {
            const Vector2d there = goal_of(world, goal);
            const double v = world.values[speed];
            const Vector2d late = motion.root_velocity_now().head<2>() - v * pull(there);
            const auto target = [&](int f) -> Vector2d {
              const Vector2d way = there - motion.root_position(f).head<2>();
              return eased<Vector2d>(v * pull(way), late, world.seconds(f));
            };
            return mean_velocity_cost(motion, target, motion.frames(), world.dt, gradient);
          }};
}

Cost facing_cost(double weight, const GoalParameters& goal) {
  return {"facing", weight,
          [goal](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const Vector2d there = goal_of(world, goal);
            const double late = -std::atan2(there.y(), there.x());
            double sum = 0;
            for (int f = 0; f < motion.frames(); ++f) {
              const Vector2d way = there - motion.root_position(f).head<2>();
              const double angle = eased(std::atan2(way.y(), way.x()), late, world.seconds(f));
              const Vector2d wanted = pull(way).norm() * Vector2d(cos(angle), sin(angle));
              sum += wanted.norm() - wanted.dot(motion.heading(f));
              gradient.heading(f, -wanted);
            }
            return sum;
          }};
}

Cost waypoint_cost(double weight, const GoalParameters& goal) {
  return {"waypoint", weight,
          [goal](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const Vector2d there = goal_of(world, goal);
            double sum = 0;
            for (int f = 0; f < motion.frames(); ++f) {
              const Vector2d error = motion.root_position(f).head<2>() - there;
              const double root = std::sqrt(error.squaredNorm() + kPullRadius * kPullRadius);
              sum += root - kPullRadius;
              gradient.root_position(f, {error.x() / root, error.y() / root, 0});
            }
            return sum;
          }};
}

Cost pose_cost(double weight) {
  return {"pose", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            for (const Pin& pin : world.pins) {
              if (pin.frame >= motion.frames()) continue;
              for (Eigen::Index i = 0; i < pin.values.size(); ++i) {
                const int number = pin.first + static_cast<int>(i);
                const double error = motion.token(pin.frame)[number] - pin.values[i];
                sum += 0.5 * error * error;
                gradient.number(pin.frame, number, error);
              }
            }
            return sum;
          }};
}

}  // namespace foresight
