#include "controller/costs/limb_pose.h"

#include <numeric>

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr int kRounds = 10;
constexpr double kStretch = 0.99;  // of the whole length: a straight limb has no elbow

Vector3d at_distance(const Vector3d& from, const Vector3d& towards, double length) {
  const Vector3d way = towards - from;
  const double far = way.norm();
  return far > 1e-9 ? Vector3d(from + length / far * way)
                    : Vector3d(from - length * Vector3d::UnitZ());
}

}  // namespace

void bend_limb(const Vector3d& joint, const std::vector<double>& lengths, const Vector3d& tip,
               std::vector<Vector3d>& points) {
  const std::size_t last = points.size() - 1;
  const auto end_link = lengths.begin() + static_cast<std::ptrdiff_t>(points.size());
  const double reach = kStretch * std::accumulate(lengths.begin(), end_link, 0.0);
  const bool near = (tip - joint).norm() <= reach;
  const Vector3d end = near ? tip : at_distance(joint, tip, reach);
  for (int round = 0; round < kRounds; ++round) {
    points[last] = end;
    for (std::size_t i = last; i-- > 0;) {
      points[i] = at_distance(points[i + 1], points[i], lengths[i + 1]);
    }
    Vector3d from = joint;
    for (std::size_t i = 0; i <= last; ++i) {
      points[i] = at_distance(from, points[i], lengths[i]);
      from = points[i];
    }
  }
}

}  // namespace foresight
