// Diffuser's temporal U-Net, with Decision Diffuser's optional condition.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "models/temporal_blocks.h"
#include "models/torch.h"

namespace foresight {

struct TemporalUNetConfig {
  int channels = 6;                          ///< numbers per frame
  int width = 32;                            ///< a multiple of 8
  std::vector<int> multipliers = {1, 4, 8};  ///< channels per level, in units of width
  int kernel = 5;
  int condition = 0;  ///< numbers in the condition (return, one-hot constraint ...); 0: none

  /// Trajectory lengths must be a multiple of this.
  int length_unit() const { return 1 << (static_cast<int>(multipliers.size()) - 1); }
};

/// Throws InputError naming the field that is out of range.
void check_config(const TemporalUNetConfig& config);
nlohmann::json to_json(const TemporalUNetConfig& config);
/// Throws InputError naming a missing or wrong field.
TemporalUNetConfig temporal_unet_config_from_json(const nlohmann::json& json);

/// What a batch is conditioned on.
struct Condition {
  torch::Tensor values;  ///< [B, condition]; undefined: unconditional
  torch::Tensor keep;    ///< [B] 1 or 0 (dropped); undefined: all kept
};

struct TemporalUNetImpl : torch::nn::Module {
  explicit TemporalUNetImpl(const TemporalUNetConfig& config);

  /// Noisy trajectories x [B, H, channels] at `levels` [B] (int64) -> prediction of the same shape
  /// (clean trajectory or noise, as trained). H must be a multiple of config().length_unit().
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& levels,
                        const Condition& condition = {});

  const TemporalUNetConfig& config() const { return config_; }

 private:
  struct Stage {
    TemporalBlock first{nullptr}, second{nullptr};
    torch::nn::Conv1d down{nullptr};         ///< empty at the last level
    torch::nn::ConvTranspose1d up{nullptr};  ///< only on the way up
  };
  void build_down(const std::vector<int>& widths, int embedding);
  void build_up(const std::vector<int>& widths, int embedding);
  torch::Tensor embed(const torch::Tensor& levels, const Condition& condition);

  TemporalUNetConfig config_;
  LevelEmbedding level_{nullptr};
  torch::nn::Sequential condition_{nullptr};
  std::vector<Stage> down_, up_;
  TemporalBlock middle1_{nullptr}, middle2_{nullptr};
  ConvBlock last_block_{nullptr};
  torch::nn::Conv1d last_{nullptr};
};
TORCH_MODULE(TemporalUNet);

/// Number of trained numbers.
std::int64_t parameter_count(const torch::nn::Module& module);

}  // namespace foresight
