// Return predictor J(trajectory, level) of Diffuser: the first half of the U-Net and a small MLP.
// Trained on noised trajectories; its gradient guides sampling.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "models/temporal_blocks.h"
#include "models/torch.h"

namespace foresight {

struct ValueNetConfig {
  int channels = 6;
  int horizon = 32;  ///< frames; the last layers fit this length only
  int width = 32;
  std::vector<int> multipliers = {1, 2, 4, 8};
  int kernel = 5;
};

/// Throws InputError naming the field that is out of range.
void check_config(const ValueNetConfig& config);
nlohmann::json to_json(const ValueNetConfig& config);
ValueNetConfig value_net_config_from_json(const nlohmann::json& json);

struct ValueNetImpl : torch::nn::Module {
  explicit ValueNetImpl(const ValueNetConfig& config);

  /// x [B, horizon, channels] at `levels` [B] (int64) -> value [B].
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& levels);

  const ValueNetConfig& config() const { return config_; }

 private:
  void add_stage(const std::string& name, const std::vector<int>& widths, int pooled);

  ValueNetConfig config_;
  LevelEmbedding level_{nullptr};
  std::vector<std::vector<TemporalBlock>> stages_;  ///< each is followed by a halving
  std::vector<torch::nn::Conv1d> halvings_;
  torch::nn::Sequential head_{nullptr};
};
TORCH_MODULE(ValueNet);

}  // namespace foresight
