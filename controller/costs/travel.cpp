// Costs of a joystick: how fast, where to, facing what, how upright.
#include <cmath>

#include "controller/costs/easing.h"
#include "controller/costs/terms.h"

namespace foresight {
namespace {

// Angle asked for `seconds` from now, in the heading frame.
double asked_angle(const CostWorld& world, const TravelParameters& p, double seconds) {
  return world.values[p.direction] + world.values[p.turn_rate] * seconds - world.frame.yaw;
}

Eigen::Vector2d unit(double angle) { return {std::cos(angle), std::sin(angle)}; }

Eigen::Vector2d asked_velocity(const CostWorld& world, const TravelParameters& p, double seconds) {
  return world.values[p.speed] * unit(asked_angle(world, p, seconds));
}

// How far the velocity of now is from what is asked for.
Eigen::Vector2d velocity_error(const PredictedMotion& motion, const CostWorld& world,
                               const TravelParameters& p) {
  return motion.root_velocity_now().head<2>() - asked_velocity(world, p, 0);
}

}  // namespace

Cost velocity_cost(double weight, const TravelParameters& p) {
  return {"velocity", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const Eigen::Vector2d late = velocity_error(motion, world, p);
            double sum = 0;
            for (int f = 0; f < motion.frames(); ++f) {
              const double t = world.seconds(f);
              Eigen::Vector3d error = motion.root_velocity(f);
              error.head<2>() -= eased(asked_velocity(world, p, t), late, t);
              error.z() = 0;
              sum += 0.5 * error.squaredNorm();
              gradient.root_velocity(f, error);
            }
            return sum;
          }};
}

Cost displacement_cost(double weight, const TravelParameters& p) {
  return {"displacement", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const Eigen::Vector2d late = velocity_error(motion, world, p);
            double sum = 0;
            Eigen::Vector2d wanted = Eigen::Vector2d::Zero();
            for (int f = 0; f < motion.frames(); ++f) {
              const double t = world.seconds(f);
              wanted += world.dt * eased(asked_velocity(world, p, t), late, t);
              Eigen::Vector3d error = motion.root_position(f);
              error.head<2>() -= wanted;
              error.z() = 0;
              sum += 0.5 * error.squaredNorm();
              gradient.root_position(f, error);
            }
            return sum;
          }};
}

Cost heading_cost(double weight, const TravelParameters& p, int facing) {
  return {
      "heading", weight,
      [p, facing](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
        const auto asked = [&](double t) {
          return asked_angle(world, p, t) + world.values[facing];
        };
        const double late = -std::remainder(asked(0), 2 * M_PI);
        double sum = 0;
        for (int f = 0; f < motion.frames(); ++f) {
          const double t = world.seconds(f);
          const auto wanted = unit(eased(asked(t), late, t));
          sum += 1 - wanted.dot(motion.heading(f));
          gradient.heading(f, -wanted);
        }
        return sum;
      }};
}

Cost height_cost(double weight, int height) {
  return {
      "height", weight,
      [height](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
        double sum = 0;
        for (int f = 0; f < motion.frames(); ++f) {
          const double error = motion.root_position(f).z() - world.values[height];
          sum += 0.5 * error * error;
          gradient.root_position(f, {0, 0, error});
        }
        return sum;
      }};
}

}  // namespace foresight
