#include "models/temporal_unet.h"

#include <torch/nn/modules/activation.h>

#include "sim/base/error.h"

namespace foresight {
namespace {

/// Channels at the input and after each level.
std::vector<int> level_widths(const TemporalUNetConfig& config) {
  std::vector<int> widths = {config.channels};
  for (const int m : config.multipliers) widths.push_back(config.width * m);
  return widths;
}

}  // namespace

void check_config(const TemporalUNetConfig& c) {
  require_config("temporal U-Net", c.channels >= 1, "channels", "at least 1");
  require_config("temporal U-Net", c.width >= 8 && c.width % 8 == 0, "width", "a multiple of 8");
  require_config("temporal U-Net", !c.multipliers.empty() && c.multipliers.size() <= 6,
                 "multipliers", "a list of 1 to 6");
  for (const int m : c.multipliers)
    require_config("temporal U-Net", m >= 1 && m <= 64, "multipliers", "between 1 and 64");
  require_config("temporal U-Net", c.kernel >= 1 && c.kernel % 2 == 1, "kernel", "odd");
  require_config("temporal U-Net", c.condition >= 0, "condition", "at least 0");
}

nlohmann::json to_json(const TemporalUNetConfig& c) {
  return {{"channels", c.channels},
          {"width", c.width},
          {"multipliers", c.multipliers},
          {"kernel", c.kernel},
          {"condition", c.condition}};
}

TemporalUNetConfig temporal_unet_config_from_json(const nlohmann::json& json) {
  TemporalUNetConfig c;
  try {
    c.channels = json.at("channels").get<int>();
    c.width = json.at("width").get<int>();
    c.multipliers = json.at("multipliers").get<std::vector<int>>();
    c.kernel = json.at("kernel").get<int>();
    c.condition = json.at("condition").get<int>();
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("temporal U-Net config: ") + error.what());
  }
  check_config(c);
  return c;
}

TemporalUNetImpl::TemporalUNetImpl(const TemporalUNetConfig& config) : config_(config) {
  check_config(config_);
  const auto widths = level_widths(config_);
  const int width = config_.width, top = widths.back();
  const int embedding = config_.condition > 0 ? 2 * width : width;
  level_ = register_module("level", LevelEmbedding(width));
  if (config_.condition > 0) {
    condition_ = register_module(
        "condition", torch::nn::Sequential(torch::nn::Linear(config_.condition, width),
                                           torch::nn::Mish(), torch::nn::Linear(width, 4 * width),
                                           torch::nn::Mish(), torch::nn::Linear(4 * width, width)));
  }
  build_down(widths, embedding);
  middle1_ = register_module("middle1", TemporalBlock(top, top, embedding, config_.kernel));
  middle2_ = register_module("middle2", TemporalBlock(top, top, embedding, config_.kernel));
  build_up(widths, embedding);
  last_block_ = register_module("last_block", ConvBlock(widths[1], widths[1], config_.kernel));
  last_ = register_module(
      "last", torch::nn::Conv1d(torch::nn::Conv1dOptions(widths[1], config_.channels, 1)));
}

void TemporalUNetImpl::build_down(const std::vector<int>& widths, int embedding) {
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const std::string name = "down" + std::to_string(i) + "_";
    const int in = widths[i], out = widths[i + 1];
    Stage stage;
    stage.first = register_module(name + "a", TemporalBlock(in, out, embedding, config_.kernel));
    stage.second = register_module(name + "b", TemporalBlock(out, out, embedding, config_.kernel));
    if (i + 2 < widths.size()) stage.down = register_module(name + "half", halve_length(out));
    down_.push_back(stage);
  }
}

void TemporalUNetImpl::build_up(const std::vector<int>& widths, int embedding) {
  for (std::size_t i = widths.size() - 1; i >= 2; --i) {
    const std::string name = "up" + std::to_string(i - 1) + "_";
    const int in = widths[i], out = widths[i - 1];
    Stage stage;
    stage.first =
        register_module(name + "a", TemporalBlock(2 * in, out, embedding, config_.kernel));
    stage.second = register_module(name + "b", TemporalBlock(out, out, embedding, config_.kernel));
    const auto options = torch::nn::ConvTranspose1dOptions(out, out, 4).stride(2).padding(1);
    stage.up = register_module(name + "double", torch::nn::ConvTranspose1d(options));
    up_.push_back(stage);
  }
}

torch::Tensor TemporalUNetImpl::embed(const torch::Tensor& levels, const Condition& condition) {
  const auto level = level_(levels);
  if (config_.condition == 0) {
    FS_CHECK(!condition.values.defined());
    return level;
  }
  if (!condition.values.defined()) return torch::cat({level, torch::zeros_like(level)}, 1);
  auto extra = condition_->forward(condition.values);
  if (condition.keep.defined()) extra = extra * condition.keep.unsqueeze(1);
  return torch::cat({level, extra}, 1);
}

torch::Tensor TemporalUNetImpl::forward(const torch::Tensor& x, const torch::Tensor& levels,
                                        const Condition& condition) {
  FS_CHECK(x.dim() == 3 && x.size(2) == config_.channels && x.size(1) % config_.length_unit() == 0);
  const auto embedding = embed(levels, condition);
  auto h = x.transpose(1, 2).contiguous();
  std::vector<torch::Tensor> skips;
  for (Stage& stage : down_) {
    h = stage.second(stage.first(h, embedding), embedding);
    skips.push_back(h);
    if (!stage.down.is_empty()) h = stage.down(h);
  }
  h = middle2_(middle1_(h, embedding), embedding);
  for (Stage& stage : up_) {
    h = stage.first(torch::cat({h, skips.back()}, 1), embedding);
    h = stage.up(stage.second(h, embedding));
    skips.pop_back();
  }
  return last_(last_block_(h)).transpose(1, 2);
}

std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace foresight
