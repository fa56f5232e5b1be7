// Cost of stepping over low obstacles.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "controller/costs/terms.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr double kHeightMargin = 0.1, kSideMargin = 0.12;  // m
constexpr double kGround = 0.04;       // m, height of a foot's key point that stands
constexpr double kSwingSeconds = 0.3;  // before and after a foot is over the obstacle
constexpr double kSlowFoot = 0.5;      // m/s, a slower foot stands
constexpr double kVelocityShare = 0.05;

// A foot over an obstacle, in frames first to last.
struct Passage {
  int first, last;
  bool stands;
  double middle() const { return 0.5 * (first + last); }
};

std::optional<Passage> find_passage(const PredictedMotion& motion, const Obstacle& o, int foot) {
  const auto over = [&](int f) {
    return plan_distance(o, motion.key_position(f, foot), nullptr) < kSideMargin;
  };
  int first = 0;
  while (first < motion.frames() && !over(first)) ++first;
  if (first == motion.frames()) return std::nullopt;
  Passage p{first, first, false};
  while (p.last + 1 < motion.frames() && over(p.last + 1)) ++p.last;
  for (int f = p.first; f <= p.last; ++f) {
    p.stands = p.stands || motion.key_velocity(f, foot).head<2>().norm() < kSlowFoot;
  }
  return p;
}

// The foot's height and velocity follow a wave over the obstacle.
double lift(const PredictedMotion& motion, const Obstacle& o, int foot, const Passage& p, double dt,
            MotionGradient& gradient) {
  const double rise = o.top() + kHeightMargin - kGround;
  const double half = p.middle() - p.first + kSwingSeconds / dt;  // frames
  double sum = 0;
  for (int f = 0; f < motion.frames(); ++f) {
    const double phase = (f - p.middle()) / half;
    if (std::abs(phase) >= 1) continue;
    const double wave = 0.5 + 0.5 * std::cos(std::numbers::pi * phase);
    const double missing = kGround + rise * wave - motion.key_position(f, foot).z();
    if (missing <= 0) continue;
    const double slope =
        -0.5 * std::numbers::pi * std::sin(std::numbers::pi * phase) / (half * dt) * rise;
    const double slow = slope - motion.key_velocity(f, foot).z();
    sum += 0.5 * missing * missing + 0.5 * kVelocityShare * slow * slow;
    gradient.key_position(f, foot, {0, 0, -missing});
    gradient.key_velocity(f, foot, {0, 0, -kVelocityShare * slow});
  }
  return sum;
}

// A foot that would stand where the obstacle is stands beside it.
double set_beside(const PredictedMotion& motion, const Obstacle& o, int foot, const Passage& p,
                  MotionGradient& gradient) {
  double sum = 0;
  for (int f = p.first; f <= p.last; ++f) {
    Vector3d away;
    const double missing = kSideMargin - plan_distance(o, motion.key_position(f, foot), &away);
    sum += 0.5 * missing * missing;
    gradient.key_position(f, foot, -missing * away);
  }
  return sum;
}

}  // namespace

Cost clearance_cost(double weight) {
  return {"clearance", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            for (const Obstacle& o : world.step_over) {
              for (const int foot : motion.layout().feet) {
                const auto passage = find_passage(motion, o, foot);
                if (!passage) continue;
                sum += passage->stands ? set_beside(motion, o, foot, *passage, gradient)
                                       : lift(motion, o, foot, *passage, world.dt, gradient);
              }
            }
            return sum;
          }};
}

}  // namespace foresight
