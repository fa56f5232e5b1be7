// Cost: one differentiable term on predicted clean states, in metres and seconds. Guidance follows
// its gradient (Diffuse-CLoC section 7).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/features.h"
#include "models/torch.h"

namespace foresight {

/// Where the batch of predictions stands in the world, and what the task asks of each world.
struct CostContext {
  int now = 3;            // frame index of the current state
  double dt = 1.0 / 30;   // s between frames
  torch::Tensor origin;   // [B, 2] world position of the current root, m
  torch::Tensor heading;  // [B, 2] world heading of the current frame (cos, sin)
  torch::Tensor values;   // [B, P] the task's parameters, in its order

  /// Vectors (last dimension 2 or 3) of the current heading frame turned into the world, or back.
  /// The batch is dimension 0.
  torch::Tensor to_world(const torch::Tensor& vectors) const;
  torch::Tensor to_heading_frame(const torch::Tensor& world_vectors) const;
  /// Points (last dimension 2 or 3) of the current heading frame in the world.
  torch::Tensor point_to_world(const torch::Tensor& points) const;
  /// One parameter, [B, 1].
  torch::Tensor value(int parameter) const;
  /// Seconds from now of the future frames of a window of `frames` frames, [1, frames - now - 1].
  torch::Tensor future_seconds(int frames) const;
};

struct Cost {
  std::string name;
  double weight = 1;
  /// [B]. Guidance of step `weight` moves a state by weight times the gradient, so a term
  /// 0.5 |x - target|^2 summed over frames moves every frame by weight times its error.
  std::function<torch::Tensor(const PhysicalStates&, const CostContext&)> value;
};

/// 0.5 |v_t - target_t|^2 of the horizontal root velocity over the future frames. The world
/// velocity asked for is speed (cos, sin)(direction + turn_rate * seconds from now); arguments are
/// parameter indices.
struct TravelParameters {
  int speed, direction, turn_rate;
};
Cost velocity_cost(double weight, const TravelParameters& parameters);

/// 1 - cos(heading_t - target_t) over the future frames, target = direction + facing +
/// turn_rate * seconds from now.
Cost heading_cost(double weight, const TravelParameters& parameters, int facing);

}  // namespace foresight
