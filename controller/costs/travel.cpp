// Costs of a joystick: how fast, where to, facing what, how upright.
#include <cmath>

#include "controller/costs/terms.h"

namespace foresight {
namespace {

// Angle asked for in future frame f, in the heading frame.
double wanted_angle(const CostWorld& world, const TravelParameters& p, int f) {
  return world.values[p.direction] + world.values[p.turn_rate] * world.seconds(f) - world.frame.yaw;
}

Eigen::Vector2d unit(double angle) { return {std::cos(angle), std::sin(angle)}; }

}  // namespace

Cost velocity_cost(double weight, const TravelParameters& p) {
  return {"velocity", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            for (int f = 0; f < motion.frames(); ++f) {
              Eigen::Vector3d error = motion.root_velocity(f);
              error.head<2>() -= world.values[p.speed] * unit(wanted_angle(world, p, f));
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
            double sum = 0;
            Eigen::Vector2d wanted = Eigen::Vector2d::Zero();
            for (int f = 0; f < motion.frames(); ++f) {
              wanted += world.dt * world.values[p.speed] * unit(wanted_angle(world, p, f));
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
        double sum = 0;
        for (int f = 0; f < motion.frames(); ++f) {
          const auto wanted = unit(wanted_angle(world, p, f) + world.values[facing]);
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
