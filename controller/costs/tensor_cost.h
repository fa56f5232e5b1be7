// A cost written as a tensor expression: no gradient by hand, for trying things out. Autograd in
// every network call takes some 10 times as long as a plain term.
#pragma once

#include <functional>

#include "controller/costs/cost.h"
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
};

struct TensorCost {
  /// [B].
  std::function<torch::Tensor(const PhysicalStates&, const CostContext&)> value;
};

}  // namespace foresight
