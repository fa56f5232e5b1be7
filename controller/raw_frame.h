// RawFrame: a BodyState as one row of float32, the form in which rollouts store it and from which
// features are computed in batch.
#pragma once

#include <Eigen/Core>
#include <span>

#include "sim/world.h"

namespace foresight {

/// What stands where in a raw frame (first column of each group). World frame; m, m/s, rad/s;
/// quaternions wxyz, body to world.
struct RawLayout {
  int key_points = 0, end_effectors = 0;

  static constexpr int root_position = 0;                            // 3
  static constexpr int root_rotation = 3;                            // 4, wxyz
  static constexpr int root_velocity = 7;                            // 3
  static constexpr int root_angular_velocity = 10;                   // 3
  static constexpr int key_position = 13;                            // 3 K
  int key_velocity() const { return 13 + 3 * key_points; }           // 3 K
  int end_effector_rotation() const { return 13 + 6 * key_points; }  // 4 E, wxyz
  int size() const { return 13 + 6 * key_points + 4 * end_effectors; }
};

RawLayout raw_layout(const Character& character);

/// Writes `state` into `row` (RawLayout::size numbers), with `origin` (m, world xy) subtracted
/// from all positions in double precision.
void write_raw_frame(const BodyState& state, const Eigen::Vector2d& origin, std::span<float> row);

}  // namespace foresight
