// MTDiff's backbone: a causal transformer over [level][return][prompt][history][noisy tokens] that
// predicts the clean last part, or its noise. Modes: planning (actions), synthesis (s, a, r, s').
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/torch.h"

namespace foresight {

enum class PromptMode { kPlan, kSynthesis };
enum class PromptKind {
  kMap,    ///< cells of a map, one token per cell (1 wall, 0 free)
  kSteps,  ///< consecutive (state, action) steps of an expert, one token per step
};

struct PromptTransformerConfig {
  PromptMode mode = PromptMode::kPlan;
  PromptKind prompt = PromptKind::kMap;
  int state_dim = 4, action_dim = 2;
  int prompt_tokens = 36;  ///< cells, or steps J
  int history = 5;         ///< past states (planning), the last one is now
  int horizon = 32;        ///< steps planned or synthesised
  int width = 128, layers = 4, heads = 2, hidden = 1024;
  double dropout = 0.1;

  /// Numbers per step of what is denoised: action, or state, action, reward, next state.
  int output_dim() const {
    return mode == PromptMode::kPlan ? action_dim : 2 * state_dim + action_dim + 1;
  }
  /// Numbers per prompt token.
  int prompt_dim() const { return prompt == PromptKind::kMap ? 1 : state_dim + action_dim; }
};

/// Throws InputError naming the field that is out of range.
void check_config(const PromptTransformerConfig& config);
nlohmann::json to_json(const PromptTransformerConfig& config);
PromptTransformerConfig prompt_transformer_config_from_json(const nlohmann::json& json);

/// What a batch is conditioned on, normalised.
struct PromptCondition {
  torch::Tensor prompt;   ///< [B, prompt_tokens, prompt_dim]
  torch::Tensor history;  ///< [B, history, state_dim] (planning only)
  torch::Tensor returns;  ///< [B] in [0, 1] (planning only); undefined: none
  torch::Tensor keep;     ///< [B] 1 or 0 (return dropped); undefined: all kept
};

struct PromptTransformerImpl : torch::nn::Module {
  explicit PromptTransformerImpl(const PromptTransformerConfig& config);

  /// Noisy x [B, horizon, output_dim] at `levels` [B] -> prediction of the same shape. In
  /// synthesis a step is four tokens (s, a, r, s'); state and next state share their embedding.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& levels,
                        const PromptCondition& condition);

  const PromptTransformerConfig& config() const { return config_; }

 private:
  struct Layers;
  torch::Tensor noisy_tokens(const torch::Tensor& x);
  torch::Tensor read_output(const torch::Tensor& tokens);

  PromptTransformerConfig config_;
  std::shared_ptr<Layers> layers_;
  torch::Tensor position_;  ///< learned, starts at 0
};
TORCH_MODULE(PromptTransformer);

}  // namespace foresight
