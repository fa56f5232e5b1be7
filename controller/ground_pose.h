// GroundPose: where something stands on the ground and which way it looks.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

#include "sim/rotation.h"
#include "sim/world.h"

namespace foresight {

/// Also a heading frame: x forward, y left.
struct GroundPose {
  Eigen::Vector2d position = Eigen::Vector2d::Zero();  // world, m
  double yaw = 0;                                      // rad

  /// A world vector or point in this frame, and a point of this frame in the world.
  Eigen::Vector2d vector_in(const Eigen::Vector2d& world) const {
    return Eigen::Rotation2Dd(-yaw) * world;
  }
  Eigen::Vector2d point_in(const Eigen::Vector2d& world) const {
    return vector_in(world - position);
  }
  Eigen::Vector2d point_out(const Eigen::Vector2d& local) const {
    return Eigen::Rotation2Dd(yaw) * local + position;
  }
};

inline GroundPose ground_pose(const BodyState& state) {
  return {state.root_position.head<2>(), yaw_of(state.root_rotation)};
}

}  // namespace foresight
