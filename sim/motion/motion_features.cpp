#include "sim/motion/motion_features.h"

#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kVelocitySeconds = 0.15;  // s, of velocities beside angles and heights
constexpr double kRootWeight = 3;          // of the root beside one joint

}  // namespace

Eigen::MatrixXd motion_features(const Character& character, const Eigen::MatrixXd& qpos,
                                const Eigen::MatrixXd& qvel) {
  const int joints = character.nu;
  Eigen::MatrixXd features(4 + joints + 6 + joints, qpos.cols());
  for (Eigen::Index f = 0; f < qpos.cols(); ++f) {
    const auto q = qpos.col(f);
    const auto v = qvel.col(f);
    const Quaterniond rotation = quat_from_wxyz(q.data() + 3);
    const Quaterniond to_heading = quat_from_yaw(-yaw_of(rotation));
    const Vector3d up = to_heading * rotation * Vector3d::UnitZ();
    const Vector3d velocity = to_heading * Vector3d(v.head<3>());
    features.col(f) << kRootWeight * q[2], kRootWeight * up, q.tail(joints),
        kVelocitySeconds * kRootWeight * velocity, kVelocitySeconds * v.segment<3>(3),
        kVelocitySeconds * v.tail(joints);
  }
  return features;
}

}  // namespace foresight
