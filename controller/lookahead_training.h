// Training of the look-ahead model on rollouts: data, loop, validation, curve and checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "controller/lookahead_model.h"
#include "controller/rollouts.h"
#include "models/torch.h"
#include "models/trainer.h"
#include "models/window_training.h"

namespace foresight {

struct LookaheadTrainingOptions {
  std::vector<std::filesystem::path> rollouts;
  std::filesystem::path out;     ///< folder: lookahead.safetensors + .json, state, curves
  std::string preset = "small";  ///< lookahead_config
  std::filesystem::path init;    ///< checkpoint to start from; empty: random weights
  std::int64_t steps = 0;        ///< 0: as many as fit into `hours`
  double hours = 1;
  std::int64_t stop_after = 0;  ///< pause after so many steps of this call (0: never)
  int batch = 64;
  torch::Device device = torch::kCPU;
  std::uint64_t seed = 1;
  bool bf16 = false;
  bool mirror = true;
  bool noncommercial = false;
  double balance = 0.5;  ///< see index_windows
  double heldout = 0.02;
  double learning_rate = 6e-4;
  bool muon = false;  ///< the transformer's matrices learn by Muon instead of AdamW
  double save_minutes = 5;
  PastActions past_actions = PastActions::kQueue;
  bool noisy_history = false;  ///< see WindowTrainingConfig
  bool roll_actions = false;   ///< see WindowTrainingConfig
  int action_horizon = 16;     ///< actions after now
  int future = 32;             ///< states after now
  int diffusion_steps = 20;
  Attention attention = Attention::kJoint;
  PromptShape prompt{0, 4};     ///< no frames: a model that takes no prompts
  double prompt_dropout = 0.2;  ///< share of the windows without one
  bool quiet = false;
};

struct LookaheadTrainingResult {
  TrainingEnd end = TrainingEnd::kFinished;
  std::int64_t steps = 0;
  double loss = 0;                                     ///< mean of the last 100 steps
  double validation_state = 0, validation_action = 0;  ///< mean over levels, averaged weights
};

/// Trains, or goes on with the training found in options.out. Throws InputError for bad rollouts,
/// clips with a non-commercial licence, or a folder that holds a training with other settings.
LookaheadTrainingResult train_lookahead(const Character& character,
                                        const LookaheadTrainingOptions& options);

}  // namespace foresight
