#include "controller/costs/velocity_error.h"

#include <algorithm>
#include <cmath>

namespace foresight {
namespace {

constexpr double kMeanSeconds = 0.5;

}  // namespace

double mean_velocity_cost(const PredictedMotion& motion,
                          const std::function<Eigen::Vector2d(int f)>& target, int frames,
                          double dt, MotionGradient& gradient) {
  Eigen::Matrix2Xd error(2, frames);
  for (int f = 0; f < frames; ++f) error.col(f) = motion.root_velocity(f).head<2>() - target(f);
  const int reach = static_cast<int>(std::lround(kMeanSeconds / dt)) / 2;
  Eigen::Matrix2Xd slope = Eigen::Matrix2Xd::Zero(2, frames);
  double sum = 0;
  for (int f = 0; f < frames; ++f) {
    const int first = std::max(0, f - reach), count = std::min(frames, f + reach + 1) - first;
    const Eigen::Vector2d mean = error.middleCols(first, count).rowwise().mean();
    sum += 0.5 * mean.squaredNorm();
    slope.middleCols(first, count).colwise() += mean / count;
  }
  for (int f = 0; f < frames; ++f) {
    gradient.root_velocity(f, {slope(0, f), slope(1, f), 0});
  }
  return sum;
}

}  // namespace foresight
