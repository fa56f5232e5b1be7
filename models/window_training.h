// Training loss of the joint denoiser on clean windows: which tokens get which noise level, and
// how far the prediction is off.
#pragma once

#include <cstdint>
#include <vector>

#include "models/denoiser.h"
#include "models/normaliser.h"
#include "models/rolling.h"
#include "models/sampler.h"
#include "models/schedule.h"
#include "models/torch.h"
#include "models/trainer.h"

namespace foresight {

struct WindowTrainingConfig {
  /// Share of the windows whose levels follow the patterns of inference; the others have
  /// independent uniform levels per token.
  double level_mix = 0.5;
  /// Share of the pattern windows that imitate the first call after a reset.
  double first_call_share = 0.25;
  int roll_level = -1;        ///< -1: default_roll_level
  bool roll_actions = false;  ///< the sampler will; else actions are made at once, from noise
  PastActions past_actions = PastActions::kQueue;
  /// History states get the noise of level 0 instead of none (the reference's choice).
  bool noisy_history = false;
  double action_weight = 1.0;
  std::uint64_t seed = 1;
};

/// Clean windows, normalised: states [B, T, D], actions [B, action_frames, Da] (labels), and the
/// actions that were executed before now [B, history - 1, Da] (only for PastActions::kExecuted;
/// undefined: the labels).
struct WindowBatch {
  torch::Tensor states, actions, executed;
  Prompt prompt{};  ///< normalised
};

struct TokenLevels {
  torch::Tensor states;   ///< [B, T] int64
  torch::Tensor actions;  ///< [B, action_frames] int64
};

/// Levels of a batch, drawn on the CPU from the key (seed, step).
TokenLevels draw_levels(const DenoiserConfig& model, const WindowTrainingConfig& config, int batch,
                        std::int64_t step);

/// Loss = mean squared error of projected states + action_weight x that of actions. The values are
/// "state" and "action". Noise is keyed by (seed, step).
StepLoss window_loss(JointDenoiser& denoiser, const Normaliser& normaliser,
                     const NoiseSchedule& schedule, const WindowTrainingConfig& config,
                     const WindowBatch& batch, std::int64_t step);

struct LevelLoss {
  double state = 0, action = 0;
};

/// Validation loss per level k: all future states and all actions at k, without dropout.
std::vector<LevelLoss> loss_by_level(JointDenoiser& denoiser, const Normaliser& normaliser,
                                     const NoiseSchedule& schedule,
                                     const WindowTrainingConfig& config, const WindowBatch& batch);

}  // namespace foresight
