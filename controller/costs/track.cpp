// Costs of following Surroundings::track, a path in time.
#include <algorithm>
#include <cmath>

#include "controller/costs/easing.h"
#include "controller/costs/terms.h"
#include "controller/costs/velocity_error.h"

namespace foresight {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kStandStill = 0.3;  // m/s, slower paths ask for no heading

int frames_of(const PredictedMotion& motion, const CostWorld& world) {
  return std::min(motion.frames(), static_cast<int>(world.track.size()));
}

// Of a track in frame f, m/s; it is as fast in the first frame as in the second.
Vector2d track_velocity(const CostWorld& world, int f) {
  const std::size_t b = std::max(f, 1);
  return (world.track[b].position - world.track[b - 1].position) / world.dt;
}

}  // namespace

Cost track_cost(double weight) {
  return {"track", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const int count = std::min(motion.frames(), static_cast<int>(world.track.size()));
            double sum = 0;
            for (int f = 0; f < count; ++f) {
              const TrackPoint& p = world.track[f];
              const Vector2d error = motion.root_position(f).head<2>() - p.position;
              sum += 0.5 * p.weight * error.squaredNorm();
              gradient.root_position(f, {p.weight * error.x(), p.weight * error.y(), 0});
            }
            return sum;
          }};
}

Cost pace_cost(double weight) {
  return {"pace", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            if (world.track.size() < 2) return 0.0;
            const auto target = [&](int f) { return track_velocity(world, f); };
            return mean_velocity_cost(motion, target, frames_of(motion, world), world.dt, gradient);
          }};
}

Cost along_cost(double weight) {
  return {"along", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            if (world.track.size() < 2) return sum;
            const Vector2d first = track_velocity(world, 0);
            const double start = std::atan2(first.y(), first.x());
            for (int f = 0; f < frames_of(motion, world); ++f) {
              const Vector2d asked = track_velocity(world, f);
              const double turn =
                  std::remainder(std::atan2(asked.y(), asked.x()) - start, 2 * M_PI);
              const double angle = eased(start + turn, -start, world.seconds(f));
              const Vector2d wanted = std::min(1.0, asked.norm() / kStandStill) *
                                      Vector2d(std::cos(angle), std::sin(angle));
              sum += wanted.norm() - wanted.dot(motion.heading(f));
              gradient.heading(f, -wanted);
            }
            return sum;
          }};
}

}  // namespace foresight
