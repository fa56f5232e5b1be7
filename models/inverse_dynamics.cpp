#include "models/inverse_dynamics.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

namespace foresight {

InverseDynamicsImpl::InverseDynamicsImpl(int state_dim, int action_dim, int hidden) {
  mlp_ = register_module(
      "mlp", torch::nn::Sequential(torch::nn::Linear(2 * state_dim, hidden), torch::nn::ReLU(),
                                   torch::nn::Linear(hidden, hidden), torch::nn::ReLU(),
                                   torch::nn::Linear(hidden, action_dim)));
}

torch::Tensor InverseDynamicsImpl::forward(const torch::Tensor& state, const torch::Tensor& next) {
  return mlp_->forward(torch::cat({state, next}, -1));
}

}  // namespace foresight
