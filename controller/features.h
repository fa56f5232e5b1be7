// Features: raw frames (world) <-> state tokens, in batch and on any device, and accessors that
// give predicted states back in metres for costs. All functions are differentiable.
#pragma once

#include "controller/state_layout.h"
#include "models/torch.h"

namespace foresight {

/// State tokens [B, T, D] of raw frames [B, T, R] (RawLayout), relative to frame `now`; float32,
/// physical units.
torch::Tensor window_features(const StateLayout& layout, const torch::Tensor& raw, int now);

/// Mirror images (y -> -y) of raw frames [..., R], states [..., D] and actions [..., Da].
torch::Tensor mirror_raw(const StateLayout& layout, const torch::Tensor& raw);
torch::Tensor mirror_states(const StateLayout& layout, const torch::Tensor& states);
torch::Tensor mirror_actions(const StateLayout& layout, const torch::Tensor& actions);

/// Heading of quaternions [..., 4] (wxyz) as unit vectors [..., 2] (cos, sin); same rule as yaw_of.
torch::Tensor heading_of_quaternion(const torch::Tensor& quaternion);
/// Quaternion [..., 4] (wxyz) <-> rotation vector [..., 3], shortest way.
torch::Tensor rotvec_of_quaternion(const torch::Tensor& quaternion);
torch::Tensor quaternion_of_rotvec(const torch::Tensor& rotvec);
/// Vectors [..., 3] (or [..., 2]) turned by a heading [..., 2] about z, or back.
torch::Tensor turn(const torch::Tensor& heading, const torch::Tensor& vectors);
torch::Tensor turn_back(const torch::Tensor& heading, const torch::Tensor& vectors);

/// States in physical units with the accessors that costs use. Everything is in the heading frame
/// of the current frame: x forward, y left, origin on the ground below the current root.
struct PhysicalStates {
  const StateLayout& layout;
  torch::Tensor x;  ///< [B, T, D], m, m/s, rad, rad/s

  torch::Tensor root_position() const;          ///< [B, T, 3], z absolute
  torch::Tensor root_rotation() const;          ///< [B, T, 3], rotation vector
  torch::Tensor root_velocity() const;          ///< [B, T, 3]
  torch::Tensor root_angular_velocity() const;  ///< [B, T, 3]
  torch::Tensor heading() const;                ///< [B, T, 2], (cos, sin)
  torch::Tensor key_position(int key) const;    ///< [B, T, 3]
  torch::Tensor key_positions() const;          ///< [B, T, K, 3]
  torch::Tensor key_velocity(int key) const;    ///< [B, T, 3]
};

/// The same states seen from a current frame that lies at `position` [B, 2] (m) with heading
/// `heading` [B, 2] (cos, sin) in the old current frame.
torch::Tensor reexpress_states(const StateLayout& layout, const torch::Tensor& states,
                               const torch::Tensor& position, const torch::Tensor& heading);

}  // namespace foresight
