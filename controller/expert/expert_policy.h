// The tracking expert's networks: observation normaliser, policy and value function.
#pragma once

#include <torch/nn/modules/linear.h>

#include "models/checkpoint.h"
#include "models/torch.h"

namespace foresight {

struct ExpertSizes {
  std::vector<int64_t> policy{512, 256, 128};
  std::vector<int64_t> value{256, 128};
};

/// ELU multi-layer perceptron.
struct MlpImpl : torch::nn::Module {
  MlpImpl(int64_t inputs, const std::vector<int64_t>& hidden, int64_t outputs, double output_gain);
  torch::Tensor forward(torch::Tensor x);

  std::vector<torch::nn::Linear> layers;
};
TORCH_MODULE(Mlp);

/// Running mean and variance per dimension (Chan et al.), clipped to +-8 standard deviations.
struct ObservationNormaliser {
  torch::Tensor mean, variance;  // [D], float64
  double count = 0;

  explicit ObservationNormaliser(int64_t size);
  void update(const torch::Tensor& batch);                // [N, D]
  torch::Tensor apply(const torch::Tensor& batch) const;  // [N, D] float32
};

struct ExpertPolicyImpl : torch::nn::Module {
  ExpertPolicyImpl(int64_t observation_size, int64_t action_size, const ExpertSizes& sizes = {});

  /// Mean action (expert units) of normalised observations.
  torch::Tensor mean(const torch::Tensor& normalised) { return policy->forward(normalised); }
  torch::Tensor state_value(const torch::Tensor& normalised) {
    return value->forward(normalised).squeeze(-1);
  }
  torch::Tensor std() const { return log_std.exp(); }

  Mlp policy{nullptr}, value{nullptr};
  torch::Tensor log_std;  // [action_size]
  ObservationNormaliser normaliser;
  double velocity_lead = 1;  // of the targets that it was trained on (build_reference)
};
TORCH_MODULE(ExpertPolicy);

/// Log density of diagonal Gaussian actions, summed over action dimensions.
torch::Tensor log_probability(const torch::Tensor& action, const torch::Tensor& mean,
                              const torch::Tensor& log_std);

/// All tensors of the expert, normaliser included, as float32.
NamedTensors expert_tensors(const ExpertPolicy& policy);
void load_expert_tensors(ExpertPolicy& policy, const NamedTensors& tensors);

}  // namespace foresight
