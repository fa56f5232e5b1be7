// A small denoiser and normaliser for tests, with weights large enough for every path to matter.
#pragma once

#include "models/denoiser.h"
#include "models/normaliser.h"
#include "models/torch.h"

namespace foresight {

inline DenoiserConfig tiny_config() {
  DenoiserConfig config;
  config.state_dim = 5;
  config.projected_dim = 10;
  config.action_dim = 3;
  config.layers = 2;
  config.heads = 2;
  config.width = 16;
  return config;
}

inline JointDenoiser tiny_denoiser(const DenoiserConfig& config, int seed = 1) {
  torch::manual_seed(seed);
  JointDenoiser denoiser(config);
  torch::NoGradGuard no_grad;
  for (auto& item : denoiser->named_parameters()) {
    if (item.value().dim() >= 2) item.value().normal_(0.0, 0.3);
  }
  denoiser->eval();
  return denoiser;
}

inline Normaliser tiny_normaliser(const DenoiserConfig& config) {
  torch::manual_seed(2);
  NormaliserConfig options;
  options.emphasised = {config.state_dim - 1};
  return fit_normaliser(torch::rand({200, config.state_dim}) * 2 - 1,
                        torch::rand({200, config.action_dim}) * 2 - 1, options);
}

}  // namespace foresight
