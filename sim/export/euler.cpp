#include "sim/export/euler.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace foresight {
namespace {

constexpr double kPi = std::numbers::pi;

Eigen::Vector3d nearest_turns(Eigen::Vector3d angles, const Eigen::Vector3d& near) {
  for (int i = 0; i < 3; ++i) angles[i] += 2 * kPi * std::round((near[i] - angles[i]) / (2 * kPi));
  return angles;
}

}  // namespace

Eigen::Vector3d angles_about(const Eigen::Matrix3d& rotation, const Eigen::Matrix3d& axes,
                             const Eigen::Vector3d& near) {
  // In the basis of the axes the sequence is x, y, z; a left-handed basis turns z round.
  Eigen::Matrix3d basis = axes;
  const double hand = axes.determinant() > 0 ? 1 : -1;
  basis.col(2) *= hand;
  const Eigen::Matrix3d r = basis.transpose() * rotation * basis;
  const double middle = std::asin(std::clamp(r(0, 2), -1.0, 1.0));
  Eigen::Vector3d first;
  if (std::abs(r(0, 2)) > 1 - 1e-12) {  // gimbal lock: only x + z or x - z is known; keep z
    const double z = hand * near[2];
    const double sum = std::atan2(r(2, 1), r(1, 1));
    first = {r(0, 2) > 0 ? sum - z : sum + z, middle, hand * z};
    return nearest_turns(first, near);
  }
  first = {std::atan2(-r(1, 2), r(2, 2)), middle, hand * std::atan2(-r(0, 1), r(0, 0))};
  const Eigen::Vector3d second(first[0] + kPi, kPi - first[1], first[2] + kPi);
  const Eigen::Vector3d a = nearest_turns(first, near), b = nearest_turns(second, near);
  return (a - near).squaredNorm() <= (b - near).squaredNorm() ? a : b;
}

}  // namespace foresight
