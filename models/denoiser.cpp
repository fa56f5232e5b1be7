#include "models/denoiser.h"

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <cmath>
#include <limits>
#include <optional>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr double kInitStd = 0.02;
constexpr int kMaxPrompt = 256;

/// Linear layer that adds its bias within the product: torch::nn::Linear adds it to the result,
/// which in bfloat16 training takes a slow kernel of mixed types.
struct FusedLinearImpl : torch::nn::LinearImpl {
  using LinearImpl::LinearImpl;
  torch::Tensor forward(const torch::Tensor& x) const { return at::linear(x, weight, bias); }
};
TORCH_MODULE(FusedLinear);

/// Sinusoidal embedding of the integers 0 .. steps - 1: [steps, width], sines then cosines.
torch::Tensor level_embeddings(int steps, int width) {
  const int half = width / 2;
  const double rate = half > 1 ? std::log(10000.0) / (half - 1) : 0.0;
  const auto frequency = torch::exp(torch::arange(half, torch::kFloat) * -rate);
  const auto angle = torch::arange(steps, torch::kFloat).unsqueeze(1) * frequency;
  return torch::cat({angle.sin(), angle.cos()}, 1);
}

/// Additive mask of the action rows [actions, frames + actions]: frame j is seen by action i when
/// j <= i, of states as of actions.
torch::Tensor action_rows_mask(int frames, int actions) {
  const auto query = torch::arange(actions).unsqueeze(1);
  const auto key = torch::cat({torch::arange(frames), torch::arange(actions)}).unsqueeze(0);
  const float hidden = -std::numeric_limits<float>::infinity();
  return torch::zeros({actions, frames + actions}).masked_fill_(key > query, hidden);
}

/// Additive mask [frames, frames] of joint tokens: those near each other see each other.
torch::Tensor local_mask(int frames) {
  const auto index = torch::arange(frames);
  const auto apart = (index.unsqueeze(1) - index.unsqueeze(0)).abs();
  const float hidden = -std::numeric_limits<float>::infinity();
  return torch::zeros({frames, frames}).masked_fill_(apart > kTokenReach, hidden);
}

torch::Tensor attention_mask(const DenoiserConfig& config) {
  return config.attention == Attention::kToken
             ? local_mask(config.frames())
             : action_rows_mask(config.frames(), config.action_frames);
}

const std::vector<std::pair<Attention, std::string>>& attention_names() {
  static const std::vector<std::pair<Attention, std::string>> names{
      {Attention::kJoint, "joint"}, {Attention::kFull, "full"}, {Attention::kToken, "token"}};
  return names;
}

void init_weights(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  if (auto* linear = module.as<torch::nn::Linear>()) {
    linear->weight.normal_(0.0, kInitStd);
    linear->bias.zero_();
  }
}

torch::nn::LayerNorm make_norm(int width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}));
}

/// Additive masks; what is undefined hides nothing.
struct AttentionMasks {
  int states = 0;        ///< first rows, which see all states and no action
  torch::Tensor rest;    ///< of the other rows [rows, tokens]; undefined: all rows see everything
  torch::Tensor absent;  ///< of all rows, per sample [B, 1, 1, tokens]
};

std::optional<torch::Tensor> maybe(const torch::Tensor& mask) {
  return mask.defined() ? std::make_optional(mask) : std::nullopt;
}

torch::Tensor both(const torch::Tensor& a, const torch::Tensor& b) {
  return !a.defined() ? b : !b.defined() ? a : a + b;
}

/// Scaled dot-product attention; q [B, heads, rows, d], k and v [B, heads, tokens, d]. LibTorch's
/// fused kernel sets up a product per head and sample, which takes longer than these small products
/// themselves in bfloat16 on the CPU, above all backwards: there, batched products.
torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                        const std::optional<torch::Tensor>& mask) {
  const bool trains_in_bf16 = q.requires_grad() && q.scalar_type() == torch::kBFloat16;
  if (!trains_in_bf16 || !q.is_cpu()) return at::scaled_dot_product_attention(q, k, v, mask);
  auto scores = at::matmul(q / std::sqrt(static_cast<double>(q.size(3))), k.transpose(2, 3));
  if (mask) scores = scores + *mask;
  return at::matmul(at::softmax(scores, 3, torch::kFloat).to(v.scalar_type()), v);
}

/// One pre-norm transformer block.
struct DenoiserBlockImpl : torch::nn::Module {
  DenoiserBlockImpl(int width, int heads, double dropout);
  /// tokens [B, states + actions, width], the prompt counted among the states.
  torch::Tensor forward(const torch::Tensor& tokens, const AttentionMasks& masks);

 private:
  torch::Tensor attend(const torch::Tensor& qkv, const AttentionMasks& masks) const;

  int heads_;
  double dropout_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  FusedLinear qkv_{nullptr}, out_{nullptr}, up_{nullptr}, down_{nullptr};
};
TORCH_MODULE(DenoiserBlock);

DenoiserBlockImpl::DenoiserBlockImpl(int width, int heads, double dropout)
    : heads_(heads), dropout_(dropout) {
  norm1_ = register_module("norm1", make_norm(width));
  qkv_ = register_module("qkv", FusedLinear(width, 3 * width));
  out_ = register_module("out", FusedLinear(width, width));
  norm2_ = register_module("norm2", make_norm(width));
  up_ = register_module("up", FusedLinear(width, 4 * width));
  down_ = register_module("down", FusedLinear(4 * width, width));
}

torch::Tensor DenoiserBlockImpl::attend(const torch::Tensor& qkv,
                                        const AttentionMasks& masks) const {
  const std::int64_t states = masks.states;
  const auto batch = qkv.size(0), tokens = qkv.size(1), width = qkv.size(2) / 3;
  const auto parts = qkv.view({batch, tokens, 3, heads_, width / heads_}).transpose(1, 3).unbind(2);
  const auto &q = parts[0], &k = parts[1], &v = parts[2];
  const auto joined = [&](const torch::Tensor& x) {
    return x.transpose(1, 2).reshape({batch, tokens, width});
  };
  if (!masks.rest.defined() || tokens == states) {
    return joined(attention(q, k, v, maybe(masks.absent)));
  }
  const auto mask = both(masks.rest, masks.absent);
  if (states == 0) return joined(attention(q, k, v, mask));
  const auto absent = masks.absent.defined() ? masks.absent.narrow(3, 0, states) : torch::Tensor();
  const auto rows = q.split_with_sizes({states, tokens - states}, 2);
  const auto of_states =
      attention(rows[0], k.narrow(2, 0, states), v.narrow(2, 0, states), maybe(absent));
  const auto of_actions = attention(rows[1], k, v, mask);
  return torch::cat({of_states.transpose(1, 2), of_actions.transpose(1, 2)}, 1)
      .reshape({batch, tokens, width});
}

torch::Tensor DenoiserBlockImpl::forward(const torch::Tensor& tokens, const AttentionMasks& masks) {
  const auto attended = out_(attend(qkv_(norm1_(tokens)), masks));
  const auto x = tokens + torch::dropout(attended, dropout_, is_training());
  const auto fed = down_(torch::gelu(up_(norm2_(x))));
  return x + torch::dropout(fed, dropout_, is_training());
}

int int_field(const nlohmann::json& config, const std::string& name) {
  const auto it = config.find(name);
  if (it == config.end() || !it->is_number_integer()) {
    throw InputError("denoiser config: field \"" + name + "\" is missing or not an integer");
  }
  return it->get<int>();
}

}  // namespace

std::string attention_name(Attention attention) {
  for (const auto& [kind, name] : attention_names()) {
    if (kind == attention) return name;
  }
  FS_CHECK(false);
  return {};
}

Attention attention_from(const std::string& wanted) {
  for (const auto& [kind, name] : attention_names()) {
    if (name == wanted) return kind;
  }
  throw InputError("attention \"" + wanted + "\": expected joint, full or token");
}

void check_config(const DenoiserConfig& c) {
  require_config("denoiser", c.state_dim >= 1, "state_dim", "at least 1");
  require_config("denoiser", c.projected_dim >= c.state_dim, "projected_dim", "at least state_dim");
  require_config("denoiser", c.action_dim >= 1, "action_dim", "at least 1");
  require_config("denoiser", c.history >= 1, "history", "at least 1");
  require_config("denoiser", c.future >= 1, "future", "at least 1");
  require_config("denoiser", c.action_frames >= c.history && c.action_frames <= c.frames(),
                 "action_frames", "between history and history + future");
  require_config("denoiser", c.layers >= 1, "layers", "at least 1");
  require_config("denoiser",
                 c.heads >= 1 && c.width >= 8 && c.width % 8 == 0 && c.width % c.heads == 0,
                 "width", "a multiple of 8 and of heads");
  require_config("denoiser", c.steps >= 2, "steps", "at least 2");
  require_config("denoiser", c.dropout >= 0.0 && c.dropout < 1.0, "dropout", "in [0, 1)");
  require_config("denoiser", c.prompt_frames >= 0 && c.prompt_frames <= kMaxPrompt, "prompt_frames",
                 "0 to 256");
  require_config("denoiser", c.prompt_frames == 0 || c.attention != Attention::kToken,
                 "prompt_frames", "0 with token attention, which looks at near frames only");
}

nlohmann::json to_json(const DenoiserConfig& c) {
  nlohmann::json json = {{"state_dim", c.state_dim},   {"projected_dim", c.projected_dim},
                         {"action_dim", c.action_dim}, {"history", c.history},
                         {"future", c.future},         {"action_frames", c.action_frames},
                         {"layers", c.layers},         {"heads", c.heads},
                         {"width", c.width},           {"steps", c.steps},
                         {"dropout", c.dropout},       {"attention", attention_name(c.attention)}};
  // Older contracts have no such field.
  if (c.prompt_frames > 0) json["prompt_frames"] = c.prompt_frames;
  return json;
}

DenoiserConfig denoiser_config_from_json(const nlohmann::json& json) {
  DenoiserConfig c;
  c.state_dim = int_field(json, "state_dim");
  c.projected_dim = int_field(json, "projected_dim");
  c.action_dim = int_field(json, "action_dim");
  c.history = int_field(json, "history");
  c.future = int_field(json, "future");
  c.action_frames = int_field(json, "action_frames");
  c.layers = int_field(json, "layers");
  c.heads = int_field(json, "heads");
  c.width = int_field(json, "width");
  c.steps = int_field(json, "steps");
  const auto dropout = json.find("dropout");
  require_config("denoiser", dropout != json.end() && dropout->is_number(), "dropout", "a number");
  c.dropout = dropout->get<double>();
  const auto attention = json.find("attention");
  require_config("denoiser", attention != json.end() && attention->is_string(), "attention",
                 "a name");
  c.attention = attention_from(attention->get<std::string>());
  if (json.contains("prompt_frames")) c.prompt_frames = int_field(json, "prompt_frames");
  check_config(c);
  return c;
}

struct JointDenoiserImpl::Layers {
  FusedLinear state_in{nullptr}, state_mid{nullptr}, action_in{nullptr};
  torch::nn::LayerNorm state_norm{nullptr}, action_norm{nullptr};
  FusedLinear state_head{nullptr}, action_head{nullptr};
  torch::nn::ModuleList blocks{nullptr};
};

JointDenoiserImpl::JointDenoiserImpl(const DenoiserConfig& config)
    : config_(config), layers_(std::make_shared<Layers>()) {
  check_config(config);
  const int width = config.width, level_width = width / 4, content = width - level_width;
  layers_->state_in = register_module("state_in", FusedLinear(config.projected_dim, content));
  layers_->state_mid = register_module("state_mid", FusedLinear(content, content));
  layers_->action_in = register_module("action_in", FusedLinear(config.action_dim, content));
  layers_->blocks = register_module("blocks", torch::nn::ModuleList());
  for (int i = 0; i < config.layers; ++i) {
    layers_->blocks->push_back(DenoiserBlock(width, config.heads, config.dropout));
  }
  layers_->state_norm = register_module("state_norm", make_norm(width));
  layers_->action_norm = register_module("action_norm", make_norm(width));
  layers_->state_head = register_module("state_head", FusedLinear(width, config.state_dim));
  layers_->action_head = register_module("action_head", FusedLinear(width, config.action_dim));
  state_position_ =
      register_parameter("state_position", torch::randn({config.frames(), width}) * kInitStd);
  action_position_ =
      register_parameter("action_position", torch::randn({config.action_frames, width}) * kInitStd);
  if (config.prompt_frames > 0) {
    prompt_position_ = register_parameter("prompt_position",
                                          torch::randn({config.prompt_frames, width}) * kInitStd);
  }
  level_table_ = register_buffer("level_table", level_embeddings(config.steps, level_width));
  action_mask_ = register_buffer("action_mask", attention_mask(config));
  apply([](torch::nn::Module& module) { init_weights(module); });
}

torch::Tensor JointDenoiserImpl::embed(const torch::Tensor& content, const torch::Tensor& levels,
                                       const torch::Tensor& position) {
  const auto level = level_table_.index_select(0, levels.reshape(-1));
  const auto embedded = level.view({levels.size(0), levels.size(1), -1});
  const auto token = torch::cat({content, embedded.to(content.dtype())}, 2);
  return torch::dropout(token + position.narrow(0, 0, levels.size(1)), config_.dropout,
                        is_training());
}

torch::Tensor JointDenoiserImpl::embed_states(const torch::Tensor& states,
                                              const torch::Tensor& levels,
                                              const torch::Tensor& position) {
  const auto content = layers_->state_in(states.to(layers_->state_head->weight.scalar_type()));
  return embed(layers_->state_mid(torch::gelu(content)), levels, position);
}

torch::Tensor JointDenoiserImpl::absent_prompts(const Prompt& prompt, std::int64_t tokens) const {
  if (!prompt.given.defined()) return {};
  const float hidden = -std::numeric_limits<float>::infinity();
  const auto absent = prompt.given.logical_not().unsqueeze(1).expand({-1, config_.prompt_frames});
  const auto of_prompt =
      torch::zeros(absent.sizes(), action_mask_.options()).masked_fill(absent, hidden);
  return torch::constant_pad_nd(of_prompt, {0, tokens - config_.prompt_frames})
      .view({-1, 1, 1, tokens});
}

torch::Tensor JointDenoiserImpl::run_blocks(const torch::Tensor& states,
                                            const torch::Tensor& actions, const Prompt& prompt) {
  const auto count = actions.defined() ? actions.size(1) : 0;
  const auto before = states.size(1) - config_.frames();
  torch::Tensor x = states;
  AttentionMasks masks{static_cast<int>(states.size(1)), {}, {}};
  if (config_.attention == Attention::kToken) {
    if (count > 0) x = x + torch::constant_pad_nd(actions, {0, 0, 0, config_.frames() - count});
    masks = {0, action_mask_, {}};
  } else {
    if (count > 0) x = torch::cat({x, actions}, 1);
    if (config_.attention == Attention::kJoint && count > 0) {
      masks.rest = action_mask_.narrow(0, 0, count).narrow(1, 0, config_.frames() + count);
      if (before > 0) masks.rest = torch::constant_pad_nd(masks.rest, {before, 0});
    }
  }
  if (before > 0) masks.absent = absent_prompts(prompt, x.size(1));
  for (const auto& block : *layers_->blocks) x = block->as<DenoiserBlock>()->forward(x, masks);
  return x.narrow(1, before, x.size(1) - before);
}

CleanPrediction JointDenoiserImpl::read_heads(const torch::Tensor& states,
                                              const torch::Tensor& actions) {
  CleanPrediction clean;
  clean.states = layers_->state_head(layers_->state_norm(states)).to(torch::kFloat);
  clean.actions = layers_->action_head(layers_->action_norm(actions)).to(torch::kFloat);
  return clean;
}

CleanPrediction JointDenoiserImpl::forward(const torch::Tensor& states,
                                           const torch::Tensor& state_levels,
                                           const torch::Tensor& actions,
                                           const torch::Tensor& action_levels,
                                           const Prompt& prompt) {
  const int frames = config_.frames();
  const auto count = actions.size(1);
  FS_CHECK(states.size(1) == frames && count <= config_.action_frames);
  auto state_tokens = embed_states(states, state_levels, state_position_);
  if (prompt.states.defined()) {
    FS_CHECK(config_.prompt_frames > 0 && prompt.states.size(1) == config_.prompt_frames);
    const auto clean = torch::zeros_like(state_levels.narrow(1, 0, 1))
                           .expand({prompt.states.size(0), config_.prompt_frames});
    state_tokens =
        torch::cat({embed_states(prompt.states, clean, prompt_position_), state_tokens}, 1);
  }
  torch::Tensor action_tokens;
  if (count > 0) {
    const auto dtype = layers_->state_head->weight.scalar_type();
    action_tokens = embed(layers_->action_in(actions.to(dtype)), action_levels, action_position_);
  }
  const auto x = run_blocks(state_tokens, action_tokens, prompt);
  const auto first_action = config_.attention == Attention::kToken ? 0 : frames;
  return read_heads(x.narrow(1, 0, frames), x.narrow(1, first_action, count));
}

JointDenoiser cast_copy(const JointDenoiser& denoiser, torch::Dtype dtype,
                        const torch::Device& device) {
  torch::NoGradGuard no_grad;
  JointDenoiser copy(denoiser->config());
  copy->to(device, dtype);
  auto source = denoiser->named_parameters();
  for (auto& item : copy->named_parameters()) item.value().copy_(source[item.key()]);
  copy->eval();
  return copy;
}

}  // namespace foresight
