#include "controller/expert/expert_policy.h"

#include <torch/nn/init.h>

#include <cmath>
#include <numbers>

#include "models/autocast.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr double kClip = 8.0;
constexpr double kInitialStd = 0.5;

}  // namespace

MlpImpl::MlpImpl(int64_t inputs, const std::vector<int64_t>& hidden, int64_t outputs,
                 double output_gain) {
  int64_t width = inputs;
  const auto add = [&](int64_t next, double gain) {
    torch::nn::Linear layer(width, next);
    torch::nn::init::orthogonal_(layer->weight, gain);
    torch::nn::init::zeros_(layer->bias);
    layers.push_back(register_module("layer" + std::to_string(layers.size()), layer));
    width = next;
  };
  for (const int64_t next : hidden) add(next, std::numbers::sqrt2);
  add(outputs, output_gain);
}

torch::Tensor MlpImpl::forward(torch::Tensor x) {
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    x = layers[i]->forward(x);
    torch::elu_(x);
  }
  const NoAutocast no_rounding;  // of actions and values
  return layers.back()->forward(x.to(torch::kFloat));
}

ObservationNormaliser::ObservationNormaliser(int64_t size)
    : mean(torch::zeros({size}, torch::kFloat64)), variance(torch::ones({size}, torch::kFloat64)) {}

void ObservationNormaliser::update(const torch::Tensor& batch) {
  const torch::Tensor values = batch.to(torch::kFloat64);
  const double added = static_cast<double>(values.size(0));
  const torch::Tensor batch_mean = values.mean(0);
  const torch::Tensor batch_variance = values.var(0, false);
  const double total = count + added;
  const torch::Tensor delta = batch_mean - mean;
  variance =
      (variance * count + batch_variance * added + delta.square() * (count * added / total)) /
      total;
  mean = mean + delta * (added / total);
  count = total;
}

torch::Tensor ObservationNormaliser::apply(const torch::Tensor& batch) const {
  const torch::Tensor scale = (variance + 1e-4).rsqrt().to(torch::kFloat32);
  return ((batch - mean.to(torch::kFloat32)) * scale).clamp_(-kClip, kClip);
}

ExpertPolicyImpl::ExpertPolicyImpl(int64_t observation_size, int64_t action_size,
                                   const ExpertSizes& sizes)
    : normaliser(observation_size) {
  policy = register_module("policy", Mlp(observation_size, sizes.policy, action_size, 0.01));
  value = register_module("value", Mlp(observation_size, sizes.value, 1, 1.0));
  log_std = register_parameter("log_std", torch::full({action_size}, std::log(kInitialStd)));
}

torch::Tensor log_probability(const torch::Tensor& action, const torch::Tensor& mean,
                              const torch::Tensor& log_std) {
  const torch::Tensor z = (action - mean) * (-log_std).exp();
  const double constant = 0.5 * std::log(2 * std::numbers::pi);
  return -(0.5 * z.square() + log_std + constant).sum(-1);
}

NamedTensors expert_tensors(const ExpertPolicy& policy) {
  NamedTensors tensors = module_tensors(*policy, "");
  tensors["normaliser.mean"] = policy->normaliser.mean.clone();
  tensors["normaliser.variance"] = policy->normaliser.variance.clone();
  tensors["normaliser.count"] = torch::tensor({policy->normaliser.count}, torch::kFloat64);
  tensors["targets.velocity_lead"] = torch::tensor({policy->velocity_lead}, torch::kFloat64);
  return tensors;
}

void load_expert_tensors(ExpertPolicy& policy, const NamedTensors& tensors) {
  NamedTensors weights;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with("normaliser.") && !name.starts_with("targets.")) weights[name] = tensor;
  }
  load_module(*policy, weights, "");
  const auto normaliser = [&](const char* name) {
    const auto found = tensors.find(std::string("normaliser.") + name);
    if (found == tensors.end())
      throw InputError(std::string("expert checkpoint: tensor \"normaliser.") + name +
                       "\" is missing");
    return found->second.to(torch::kFloat64).clone();
  };
  policy->normaliser.mean = normaliser("mean");
  policy->normaliser.variance = normaliser("variance");
  policy->normaliser.count = normaliser("count").item<double>();
  const auto lead = tensors.find("targets.velocity_lead");  // absent: trained before there was one
  policy->velocity_lead = lead == tensors.end() ? 0 : lead->second.item<double>();
}

}  // namespace foresight
