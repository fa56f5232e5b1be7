// LookaheadModel: a trained denoiser together with everything that its numbers mean (features,
// normaliser, the character it was trained on), as one checkpoint.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "controller/rollouts.h"
#include "controller/skills/prompt_data.h"
#include "controller/state_layout.h"
#include "models/checkpoint.h"
#include "models/denoiser.h"
#include "models/normaliser.h"
#include "models/sampler.h"
#include "models/torch.h"

namespace foresight {

struct LookaheadModel {
  DenoiserConfig config;
  StateLayout layout;
  JointDenoiser denoiser{nullptr};
  Normaliser normaliser;
  PastActions past_actions = PastActions::kQueue;
  int prompt_stride = 4;  // control steps between two frames of a prompt
  nlohmann::json contract;
  std::string sha256;  // of the tensor file; empty for a model that was never saved
};

/// Shape of the prompts that a model was trained with; no frames: it takes none.
PromptShape prompt_shape(const LookaheadModel& model);

/// "small" (about 2 M parameters), "base" (about 20 M) or "tiny" (for tests and trials), sized for
/// a character. Throws InputError for another name.
DenoiserConfig lookahead_config(const std::string& preset, const Character& character);

/// Untrained weights and a normaliser with the given half ranges around zero: for tests and speed
/// measurements without a checkpoint.
LookaheadModel random_lookahead(const Character& character, const DenoiserConfig& config,
                                std::uint64_t seed, double state_range = 1,
                                double action_range = 1);

/// The contract's fields that do not depend on training: kind, model, character, control rate,
/// features, past actions.
nlohmann::json lookahead_contract(const Character& character, const LookaheadModel& model);

/// "training_data" of a contract: clips by source folder and licence.
nlohmann::json training_data_of(const RolloutSet& set);

/// What of a character the weights depend on: joint order, gains, limits, time step, links.
nlohmann::json character_contract(const Character& character);

/// Throws InputError naming the first of these that the contract of checkpoint `name` has
/// otherwise.
void check_character_contract(const Checkpoint& checkpoint, const std::string& name,
                              const Character& character);

/// Writes weights (float16) and contract. `weights` are the tensors under "denoiser.".
void save_lookahead(const std::filesystem::path& path, const LookaheadModel& model,
                    const NamedTensors& weights);

/// Loads a checkpoint for a character onto a device. Throws InputError naming the field when it was
/// trained for something else.
LookaheadModel load_lookahead(const std::filesystem::path& path, const Character& character,
                              const torch::Device& device);

}  // namespace foresight
