// Inverse dynamics of Decision Diffuser: which action leads from one state to the next.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include "models/torch.h"

namespace foresight {

/// Two hidden layers with ReLU.
struct InverseDynamicsImpl : torch::nn::Module {
  InverseDynamicsImpl(int state_dim, int action_dim, int hidden = 256);
  /// States [..., D] and their successors [..., D], normalised -> actions [..., Da], normalised.
  torch::Tensor forward(const torch::Tensor& state, const torch::Tensor& next);

 private:
  torch::nn::Sequential mlp_{nullptr};
};
TORCH_MODULE(InverseDynamics);

}  // namespace foresight
