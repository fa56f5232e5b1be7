#include "models/prompt_transformer.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "models/temporal_blocks.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

torch::nn::LayerNorm layer_norm(int width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}));
}

/// Linear, Mish, Linear, Mish, Linear with hidden sizes 2 and 4 times the width.
torch::nn::Sequential deep_mlp(int inputs, int width) {
  return torch::nn::Sequential(torch::nn::Linear(inputs, 2 * width), torch::nn::Mish(),
                               torch::nn::Linear(2 * width, 4 * width), torch::nn::Mish(),
                               torch::nn::Linear(4 * width, width));
}

/// Pre-norm block with causal attention.
struct CausalBlockImpl : torch::nn::Module {
  explicit CausalBlockImpl(const PromptTransformerConfig& c)
      : heads_(c.heads), dropout_(c.dropout) {
    norm1_ = register_module("norm1", layer_norm(c.width));
    qkv_ = register_module("qkv", torch::nn::Linear(c.width, 3 * c.width));
    out_ = register_module("out", torch::nn::Linear(c.width, c.width));
    norm2_ = register_module("norm2", layer_norm(c.width));
    up_ = register_module("up", torch::nn::Linear(c.width, c.hidden));
    down_ = register_module("down", torch::nn::Linear(c.hidden, c.width));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const auto batch = x.size(0), tokens = x.size(1), width = x.size(2);
    const auto parts =
        qkv_(norm1_(x)).view({batch, tokens, 3, heads_, width / heads_}).permute({2, 0, 3, 1, 4});
    const double attention_dropout = is_training() ? dropout_ : 0.0;
    const auto attended = at::scaled_dot_product_attention(parts[0], parts[1], parts[2], {},
                                                           attention_dropout, /*is_causal=*/true);
    const auto mixed = out_(attended.transpose(1, 2).reshape({batch, tokens, width}));
    const auto h = x + torch::dropout(mixed, dropout_, is_training());
    return h + torch::dropout(down_(torch::mish(up_(norm2_(h)))), dropout_, is_training());
  }

 private:
  int heads_;
  double dropout_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Linear qkv_{nullptr}, out_{nullptr}, up_{nullptr}, down_{nullptr};
};
TORCH_MODULE(CausalBlock);

int head_tokens(const PromptTransformerConfig& c) {
  return c.mode == PromptMode::kPlan ? 2 + c.prompt_tokens + c.history : 1 + c.prompt_tokens;
}

int noisy_token_count(const PromptTransformerConfig& c) {
  return c.mode == PromptMode::kPlan ? c.horizon : 4 * c.horizon;
}

}  // namespace

struct PromptTransformerImpl::Layers {
  LevelEmbedding level{nullptr};
  torch::nn::Sequential returns{nullptr}, prompt{nullptr}, state{nullptr}, reward{nullptr};
  torch::nn::Sequential action{nullptr};
  torch::nn::Sequential out_state{nullptr}, out_action{nullptr}, out_reward{nullptr};
  torch::nn::Sequential out_next{nullptr};
  torch::nn::LayerNorm first_norm{nullptr}, last_norm{nullptr};
  std::vector<CausalBlock> blocks;
};

void check_config(const PromptTransformerConfig& c) {
  require_config("prompt transformer", c.state_dim >= 1 && c.action_dim >= 1,
                 "state_dim, action_dim", "at least 1");
  require_config("prompt transformer", c.prompt_tokens >= 1, "prompt_tokens", "at least 1");
  require_config("prompt transformer", c.history >= 1, "history", "at least 1");
  require_config("prompt transformer", c.horizon >= 1, "horizon", "at least 1");
  require_config("prompt transformer", c.layers >= 1, "layers", "at least 1");
  require_config("prompt transformer",
                 c.heads >= 1 && c.width >= 8 && c.width % 4 == 0 && c.width % c.heads == 0,
                 "width", "a multiple of 4 and of heads, at least 8");
  require_config("prompt transformer", c.hidden >= 1, "hidden", "at least 1");
  require_config("prompt transformer", c.dropout >= 0 && c.dropout < 1, "dropout", "in [0, 1)");
}

nlohmann::json to_json(const PromptTransformerConfig& c) {
  return {{"mode", c.mode == PromptMode::kPlan ? "plan" : "synthesis"},
          {"prompt", c.prompt == PromptKind::kMap ? "map" : "steps"},
          {"state_dim", c.state_dim},
          {"action_dim", c.action_dim},
          {"prompt_tokens", c.prompt_tokens},
          {"history", c.history},
          {"horizon", c.horizon},
          {"width", c.width},
          {"layers", c.layers},
          {"heads", c.heads},
          {"hidden", c.hidden},
          {"dropout", c.dropout}};
}

PromptTransformerConfig prompt_transformer_config_from_json(const nlohmann::json& j) {
  PromptTransformerConfig c;
  try {
    c.mode = j.at("mode") == "plan" ? PromptMode::kPlan : PromptMode::kSynthesis;
    c.prompt = j.at("prompt") == "map" ? PromptKind::kMap : PromptKind::kSteps;
    c.state_dim = j.at("state_dim").get<int>();
    c.action_dim = j.at("action_dim").get<int>();
    c.prompt_tokens = j.at("prompt_tokens").get<int>();
    c.history = j.at("history").get<int>();
    c.horizon = j.at("horizon").get<int>();
    c.width = j.at("width").get<int>();
    c.layers = j.at("layers").get<int>();
    c.heads = j.at("heads").get<int>();
    c.hidden = j.at("hidden").get<int>();
    c.dropout = j.at("dropout").get<double>();
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("prompt transformer config: ") + error.what());
  }
  check_config(c);
  return c;
}

PromptTransformerImpl::PromptTransformerImpl(const PromptTransformerConfig& config)
    : config_(config), layers_(std::make_shared<Layers>()) {
  check_config(config_);
  const auto& c = config_;
  const int w = c.width;
  Layers& l = *layers_;
  l.level = register_module("level", LevelEmbedding(w));
  l.prompt = register_module("prompt", deep_mlp(c.prompt_dim(), w));
  l.state = register_module("state", deep_mlp(c.state_dim, w));
  l.action = register_module("action", mish_mlp(c.action_dim, 2 * w, w));
  l.out_action = register_module("out_action", mish_mlp(w, 2 * w, c.action_dim));
  if (c.mode == PromptMode::kPlan) {
    l.returns = register_module("returns", deep_mlp(1, w));
  } else {
    l.reward = register_module("reward", mish_mlp(1, 2 * w, w));
    l.out_state = register_module("out_state", mish_mlp(w, 2 * w, c.state_dim));
    l.out_reward = register_module("out_reward", mish_mlp(w, 2 * w, 1));
    l.out_next = register_module("out_next", mish_mlp(w, 2 * w, c.state_dim));
  }
  l.first_norm = register_module("first_norm", layer_norm(w));
  for (int i = 0; i < c.layers; ++i) {
    l.blocks.push_back(register_module("block" + std::to_string(i), CausalBlock(c)));
  }
  l.last_norm = register_module("last_norm", layer_norm(w));
  position_ =
      register_parameter("position", torch::zeros({head_tokens(c) + noisy_token_count(c), w}));
}

torch::Tensor PromptTransformerImpl::noisy_tokens(const torch::Tensor& x) {
  Layers& l = *layers_;
  if (config_.mode == PromptMode::kPlan) return l.action->forward(x);
  const int s = config_.state_dim, a = config_.action_dim;
  const auto tokens = torch::stack(
      {l.state->forward(x.narrow(2, 0, s)), l.action->forward(x.narrow(2, s, a)),
       l.reward->forward(x.narrow(2, s + a, 1)), l.state->forward(x.narrow(2, s + a + 1, s))},
      2);
  return tokens.flatten(1, 2);
}

torch::Tensor PromptTransformerImpl::read_output(const torch::Tensor& tokens) {
  Layers& l = *layers_;
  if (config_.mode == PromptMode::kPlan) return l.out_action->forward(tokens);
  const auto steps = tokens.view({tokens.size(0), config_.horizon, 4, config_.width});
  return torch::cat(
      {l.out_state->forward(steps.select(2, 0)), l.out_action->forward(steps.select(2, 1)),
       l.out_reward->forward(steps.select(2, 2)), l.out_next->forward(steps.select(2, 3))},
      2);
}

torch::Tensor PromptTransformerImpl::forward(const torch::Tensor& x, const torch::Tensor& levels,
                                             const PromptCondition& condition) {
  const auto& c = config_;
  FS_CHECK(x.dim() == 3 && x.size(1) == c.horizon && x.size(2) == c.output_dim());
  FS_CHECK(condition.prompt.size(1) == c.prompt_tokens &&
           condition.prompt.size(2) == c.prompt_dim());
  Layers& l = *layers_;
  const auto level = l.level(levels).unsqueeze(1);
  std::vector<torch::Tensor> parts = {l.prompt->forward(condition.prompt)};
  auto shift = torch::zeros_like(level);
  if (c.mode == PromptMode::kPlan) {
    if (condition.returns.defined()) {
      shift = l.returns->forward(condition.returns.unsqueeze(1)).unsqueeze(1);
      if (condition.keep.defined()) shift = shift * condition.keep.view({-1, 1, 1});
    }
    parts.push_back(l.state->forward(condition.history));
  }
  parts.push_back(noisy_tokens(x));
  // Tokens are scaled by the level and shifted by the return; both also stand in front.
  auto tokens = level * torch::cat(parts, 1) + shift;
  tokens = c.mode == PromptMode::kPlan ? torch::cat({level, shift, tokens}, 1)
                                       : torch::cat({level, tokens}, 1);
  tokens = l.first_norm(tokens + position_);
  for (CausalBlock& block : l.blocks) tokens = block(tokens);
  const int count = noisy_token_count(c);
  return read_output(l.last_norm(tokens.narrow(1, tokens.size(1) - count, count)).contiguous());
}

}  // namespace foresight
