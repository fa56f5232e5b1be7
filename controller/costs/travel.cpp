// Costs of a joystick: how fast, where to, facing what, how upright.
#include <cmath>

#include "controller/costs/easing.h"
#include "controller/costs/terms.h"
#include "controller/costs/velocity_error.h"

namespace foresight {
namespace {

constexpr double kStandSpeed = 0.3;                      // m/s, below it a stance is asked for
constexpr double kSteadySpeed = 1.0;                     // m/s, who is as fast needs no balance
constexpr double kStartSpeed = 0.6;                      // m/s, who is as fast has started
constexpr double kStandShare = 0.5;                      // of the weight of who is to walk
constexpr double kFirmFacing = 5;                        // more for who travels backwards
constexpr double kToesAhead = 0.085, kStanceSide = 0.1;  // m, from the root

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

double standing(const CostWorld& world, int speed) {
  return std::max(0.0, 1 - world.values[speed] / kStandSpeed);
}

// Who is to travel otherwise than he looks would rather turn that way, or stand.
double firm_facing(const CostWorld& world, int facing) {
  return facing < 0 ? 1 : 1 + kFirmFacing * std::abs(std::sin(0.5 * world.values[facing]));
}

// Who is to stand may sway and step, or he tips over; who is to start should do so, as half a step
// ends in a fall (docs/experiments.md).
double firmness(const PredictedMotion& motion, const CostWorld& world, const TravelParameters& p) {
  const double stands = standing(world, p.speed);
  const double now = motion.root_velocity_now().head<2>().norm();
  const bool slower = now < world.values[p.speed];
  const double starts = slower ? std::max(0.0, 1 - now / kStartSpeed) * (1 - stands) : 0;
  return (1 - (1 - kStandShare) * stands) * (1 + starts) * firm_facing(world, p.facing);
}

}  // namespace

Cost velocity_cost(double weight, const TravelParameters& p) {
  return {"velocity", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const Eigen::Vector2d late = velocity_error(motion, world, p);
            const auto target = [&](int f) {
              const double t = world.seconds(f);
              return eased(asked_velocity(world, p, t), late, t);
            };
            const double share = firmness(motion, world, p), whole = gradient.scale;
            gradient.scale = share * whole;
            const double cost =
                mean_velocity_cost(motion, target, motion.frames(), world.dt, gradient);
            gradient.scale = whole;
            return share * cost;
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
        const double firm = firm_facing(world, facing);
        double sum = 0;
        for (int f = 0; f < motion.frames(); ++f) {
          const double t = world.seconds(f);
          const auto wanted = unit(eased(asked(t), late, t));
          sum += firm * (1 - wanted.dot(motion.heading(f)));
          gradient.heading(f, -firm * wanted);
        }
        return sum;
      }};
}

Cost stance_cost(double weight, int speed) {
  return {"stance", weight,
          [speed](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const double share = standing(world, speed);
            const std::vector<int>& feet = motion.layout().feet;
            double sum = 0;
            if (share == 0 || feet.size() != 2) return sum;
            const bool first_is_left =
                motion.key_position_now(feet[0]).y() > motion.key_position_now(feet[1]).y();
            for (std::size_t i = 0; i < feet.size(); ++i) {
              const Eigen::Vector2d place(kToesAhead,
                                          first_is_left == (i == 0) ? kStanceSide : -kStanceSide);
              const int number = motion.layout().key_position() + 3 * feet[i];
              for (int f = 0; f < motion.frames(); ++f) {
                const Eigen::Map<const Eigen::Vector2d> foot(motion.token(f) + number);
                const Eigen::Vector2d error = share * (foot - place);
                sum += 0.5 * error.dot(foot - place);
                gradient.number(f, number, error.x());
                gradient.number(f, number + 1, error.y());
              }
            }
            return sum;
          }};
}

Cost balance_cost(double weight) {
  return {"balance", weight,
          [](const PredictedMotion& motion, const CostWorld&, MotionGradient& gradient) {
            const std::vector<int>& feet = motion.layout().feet;
            const double speed = motion.root_velocity_now().head<2>().norm();
            const double needed = std::max(0.0, 1 - speed / kSteadySpeed);
            double sum = 0;
            if (needed == 0 || feet.empty()) return sum;
            const double share = 1.0 / static_cast<double>(feet.size());
            for (int f = 0; f < motion.frames(); ++f) {
              Eigen::Vector2d off(-kToesAhead, 0);
              for (const int foot : feet) {
                off += share * Eigen::Map<const Eigen::Vector2d>(
                                   motion.token(f) + motion.layout().key_position() + 3 * foot);
              }
              sum += 0.5 * needed * off.squaredNorm();
              for (const int foot : feet) {
                const int number = motion.layout().key_position() + 3 * foot;
                gradient.number(f, number, needed * share * off.x());
                gradient.number(f, number + 1, needed * share * off.y());
              }
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
