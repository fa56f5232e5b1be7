// Joint state-action transformer: noisy tokens with their own noise levels -> clean tokens.
// Diffuse-CLoC section 4: states see all states and no action, action i sees states and actions up
// to frame i, so a call may leave out later actions without changing anything else.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/torch.h"

namespace foresight {

enum class Attention {
  kJoint,  ///< the mask of section 4.1
  kFull,   ///< everything attends to everything (ablation)
  kToken,  ///< one token for the state and action of a frame, which sees kTokenReach frames to
           ///< either side (Diffuser-style baseline)
};

/// Frames that a joint token sees to either side, per layer.
inline constexpr int kTokenReach = 4;

struct DenoiserConfig {
  int state_dim = 102;
  int projected_dim = 204;
  int action_dim = 28;
  int history = 4;         ///< frames up to and including now; "now" is frame history - 1
  int future = 32;         ///< state frames after now
  int action_frames = 20;  ///< action tokens, for frames 0 .. action_frames - 1
  int layers = 4;
  int heads = 4;
  int width = 192;
  int steps = 20;
  double dropout = 0.1;
  Attention attention = Attention::kJoint;
  int prompt_frames = 0;  ///< tokens of a prompt; 0: the network takes none

  int frames() const { return history + future; }
  int now() const { return history - 1; }
  /// Action frames after now.
  int action_horizon() const { return action_frames - history; }
};

/// "joint", "full" or "token", and back. Throws InputError for another name.
std::string attention_name(Attention attention);
Attention attention_from(const std::string& name);

/// Throws InputError naming the field that is out of range.
void check_config(const DenoiserConfig& config);

nlohmann::json to_json(const DenoiserConfig& config);
/// Throws InputError naming a missing or wrong field.
DenoiserConfig denoiser_config_from_json(const nlohmann::json& json);

/// A snippet of clean states that shows the motion to go on with (the prompt of MTDiff).
struct Prompt {
  torch::Tensor states;  ///< [B, prompt_frames, D] or, for the network, [.., 2D]; undefined: none
  torch::Tensor given;   ///< [B] bool: who has a prompt; undefined: all
};

struct CleanPrediction {
  torch::Tensor states;   ///< [B, T, D] normalised, not projected
  torch::Tensor actions;  ///< [B, A, Da] normalised
};

struct JointDenoiserImpl : torch::nn::Module {
  explicit JointDenoiserImpl(const DenoiserConfig& config);

  /// Clean prediction from noisy `states` [B, T, 2D] (projected) at `state_levels` [B, T] and
  /// `actions` [B, A, Da] at `action_levels` [B, A] (int64, 0 .. steps - 1). A may be any prefix
  /// 0 .. action_frames. Input and output float32, whatever the weights are. Without a prompt the
  /// network is the one that takes none: nothing attends to what is not there.
  CleanPrediction forward(const torch::Tensor& states, const torch::Tensor& state_levels,
                          const torch::Tensor& actions, const torch::Tensor& action_levels,
                          const Prompt& prompt = {});

  const DenoiserConfig& config() const { return config_; }

 private:
  torch::Tensor embed(const torch::Tensor& content, const torch::Tensor& levels,
                      const torch::Tensor& position);
  torch::Tensor embed_states(const torch::Tensor& states, const torch::Tensor& levels,
                             const torch::Tensor& position);
  /// Additive mask [B, 1, 1, tokens] that hides the prompts of those who have none; undefined when
  /// all have one.
  torch::Tensor absent_prompts(const Prompt& prompt, std::int64_t tokens) const;
  /// `states` may have a prompt in front; the result is as long as states and actions together.
  torch::Tensor run_blocks(const torch::Tensor& states, const torch::Tensor& actions,
                           const Prompt& prompt);
  CleanPrediction read_heads(const torch::Tensor& states, const torch::Tensor& actions);

  DenoiserConfig config_;
  struct Layers;
  std::shared_ptr<Layers> layers_;
  torch::Tensor state_position_, action_position_;  ///< learned [frames, width]
  torch::Tensor prompt_position_;                   ///< the same, with prompt_frames only
  torch::Tensor level_table_, action_mask_;         ///< constants, not saved
};
TORCH_MODULE(JointDenoiser);

/// Copy with the same weights in another floating type (torch::kBFloat16, torch::kFloat) on
/// `device`, for inference.
JointDenoiser cast_copy(const JointDenoiser& denoiser, torch::Dtype dtype,
                        const torch::Device& device);

}  // namespace foresight
