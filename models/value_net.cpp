#include "models/value_net.h"

#include <torch/nn/modules/activation.h>

#include "sim/base/error.h"

namespace foresight {
void check_config(const ValueNetConfig& c) {
  require_config("value net", c.channels >= 1, "channels", "at least 1");
  require_config("value net", c.horizon >= 1, "horizon", "at least 1");
  require_config("value net", c.width >= 32 && c.width % 32 == 0, "width", "a multiple of 32");
  require_config("value net", !c.multipliers.empty() && c.multipliers.size() <= 6, "multipliers",
                 "a list of 1 to 6");
  for (const int m : c.multipliers)
    require_config("value net", m >= 1 && m <= 64, "multipliers", "between 1 and 64");
  require_config("value net", c.kernel >= 1 && c.kernel % 2 == 1, "kernel", "odd");
}

nlohmann::json to_json(const ValueNetConfig& c) {
  return {{"channels", c.channels},
          {"horizon", c.horizon},
          {"width", c.width},
          {"multipliers", c.multipliers},
          {"kernel", c.kernel}};
}

ValueNetConfig value_net_config_from_json(const nlohmann::json& json) {
  ValueNetConfig c;
  try {
    c.channels = json.at("channels").get<int>();
    c.horizon = json.at("horizon").get<int>();
    c.width = json.at("width").get<int>();
    c.multipliers = json.at("multipliers").get<std::vector<int>>();
    c.kernel = json.at("kernel").get<int>();
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("value net config: ") + error.what());
  }
  check_config(c);
  return c;
}

ValueNetImpl::ValueNetImpl(const ValueNetConfig& config) : config_(config) {
  check_config(config_);
  level_ = register_module("level", LevelEmbedding(config_.width));
  int in = config_.channels;
  for (std::size_t i = 0; i < config_.multipliers.size(); ++i) {
    const int out = config_.width * config_.multipliers[i];
    add_stage("stage" + std::to_string(i), {in, out, out}, out);
    in = out;
  }
  add_stage("middle0", {in, in / 2}, in / 2);
  add_stage("middle1", {in / 2, in / 4}, in / 4);
  int length = config_.horizon;
  for (std::size_t i = 0; i < stages_.size(); ++i) length = (length + 1) / 2;
  const int features = in / 4 * length;
  head_ = register_module("head", mish_mlp(features + config_.width, features / 2, 1));
}

void ValueNetImpl::add_stage(const std::string& name, const std::vector<int>& widths, int pooled) {
  std::vector<TemporalBlock> blocks;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    blocks.push_back(
        register_module(name + "_" + std::to_string(i),
                        TemporalBlock(widths[i], widths[i + 1], config_.width, config_.kernel)));
  }
  stages_.push_back(std::move(blocks));
  halvings_.push_back(register_module(name + "_half", halve_length(pooled)));
}

torch::Tensor ValueNetImpl::forward(const torch::Tensor& x, const torch::Tensor& levels) {
  FS_CHECK(x.dim() == 3 && x.size(1) == config_.horizon && x.size(2) == config_.channels);
  const auto embedding = level_(levels);
  auto h = x.transpose(1, 2).contiguous();
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (TemporalBlock& block : stages_[i]) h = block(h, embedding);
    h = halvings_[i](h);
  }
  return head_->forward(torch::cat({h.flatten(1), embedding}, 1)).squeeze(1);
}

}  // namespace foresight
