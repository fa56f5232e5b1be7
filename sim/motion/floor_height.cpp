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

Eigen::VectorXd lowest_points(const Character& character, const Eigen::MatrixXd& qpos,
                              PoseSolver& solver) {
  std::vector<Sole> outlines;
  for (const std::string& body : character.body_names) {
    outlines.push_back(body_outline(character, body));
    if (outlines.back().points.empty()) outlines.pop_back();
  }
  Eigen::VectorXd lowest = Eigen::VectorXd::Constant(qpos.cols(), 1e9);
  for (int t = 0; t < qpos.cols(); ++t) {
    const mjData& d = solver.kinematics(qpos.col(t));
    for (const Sole& outline : outlines) lowest[t] = std::min(lowest[t], lowest_point(outline, d));
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
      lower_envelope(lowest_points(character, qpos, solver), frames(kReachSeconds));
  return over_window(floor, frames(kSmoothSeconds), [](const auto& part) { return part.mean(); });
}

}  // namespace foresight
