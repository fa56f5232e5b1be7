#include "sim/motion/floor_height.h"

#include <algorithm>
#include <cmath>

#include "sim/motion/foot_contacts.h"

namespace foresight {
namespace {

constexpr double kReachSeconds = 0.5;
constexpr double kSmoothSeconds = 0.17;

// f over the frames within `reach` of each frame.
template <typename Function>
Eigen::VectorXd over_window(const Eigen::VectorXd& values, int reach, const Function& f) {
  const int count = static_cast<int>(values.size());
  Eigen::VectorXd out(count);
  for (int t = 0; t < count; ++t) {
    const int begin = std::max(t - reach, 0), end = std::min(t + reach + 1, count);
    out[t] = f(values.segment(begin, end - begin));
  }
  return out;
}

Eigen::VectorXd lowest_point(const Character& character, const Eigen::MatrixXd& qpos,
                             PoseSolver& solver) {
  Eigen::VectorXd lowest = Eigen::VectorXd::Constant(qpos.cols(), 1e9);
  for (const std::string& body : character.body_names) {
    const Sole outline = body_outline(character, body);
    if (outline.points.empty()) continue;
    lowest = lowest.cwiseMin(sole_height(sole_track(outline, qpos, solver)));
  }
  return lowest;
}

}  // namespace

Eigen::VectorXd lower_envelope(const Eigen::VectorXd& height, int reach) {
  const auto low = over_window(height, reach, [](const auto& part) { return part.minCoeff(); });
  return over_window(low, reach, [](const auto& part) { return part.maxCoeff(); });
}

Eigen::VectorXd floor_height(const Character& character, const Eigen::MatrixXd& qpos, double fps,
                             PoseSolver& solver) {
  const auto frames = [fps](double seconds) {
    return static_cast<int>(std::lround(seconds * fps));
  };
  const Eigen::VectorXd floor =
      lower_envelope(lowest_point(character, qpos, solver), frames(kReachSeconds));
  return over_window(floor, frames(kSmoothSeconds), [](const auto& part) { return part.mean(); });
}

}  // namespace foresight
