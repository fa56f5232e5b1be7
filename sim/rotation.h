// Rotation helpers. MuJoCo stores quaternions as wxyz; Eigen's constructor takes wxyz too, but its
// memory order is xyzw, so always convert with these functions.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cmath>
#include <numbers>

namespace foresight {

using Eigen::Quaterniond;
using Eigen::Vector3d;

inline constexpr double kDegree = std::numbers::pi / 180;  // rad

inline Quaterniond quat_from_wxyz(const double* q) { return {q[0], q[1], q[2], q[3]}; }

inline void quat_to_wxyz(const Quaterniond& q, double* out) {
  out[0] = q.w();
  out[1] = q.x();
  out[2] = q.y();
  out[3] = q.z();
}

inline Quaterniond quat_from_yaw(double yaw) {
  return {std::cos(0.5 * yaw), 0, 0, std::sin(0.5 * yaw)};
}

/// Heading: the angle of the rotated x axis about world z, rad. Falls back to the rotated z axis
/// (which then points down or up the body) when x is within 6 degrees of vertical.
inline double yaw_of(const Quaterniond& q) {
  const Vector3d x = q * Vector3d::UnitX();
  if (x.head<2>().squaredNorm() > 0.01) return std::atan2(x.y(), x.x());
  const Vector3d z = (x.z() > 0 ? -1.0 : 1.0) * (q * Vector3d::UnitZ());
  return std::atan2(z.y(), z.x());
}

/// Rotation vector (axis times angle, shortest way), rad.
inline Vector3d rotvec_of(const Quaterniond& q) {
  const double sign = q.w() < 0 ? -1.0 : 1.0;
  const Vector3d v = sign * q.vec();
  const double sine = v.norm();
  if (sine < 1e-9) return 2.0 * v;
  return 2.0 * std::atan2(sine, sign * q.w()) / sine * v;
}

inline Quaterniond quat_from_rotvec(const Vector3d& v) {
  const double angle = v.norm();
  if (angle < 1e-9) return Quaterniond(1, 0.5 * v.x(), 0.5 * v.y(), 0.5 * v.z()).normalized();
  return Quaterniond(Eigen::AngleAxisd(angle, v / angle));
}

}  // namespace foresight
