// SkillLibrary: what shows and tells skills: per skill some snippets of the expert's simulated
// motion, from which prompts are cut, and the recogniser. One safetensors file:
//
//   snippets.SKILL          [snippets, frames, raw frame] float32, see raw_frame.h
//   recogniser.means, .precision, .reach, .heldout
//   metadata                kind, character, joints, control_hz, skills, sources (training data of
//                           the rollouts)
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/lookahead_model.h"
#include "controller/rollouts.h"
#include "controller/skills/motion_recogniser.h"
#include "models/torch.h"
#include "sim/character.h"

namespace foresight {

struct SkillLibrary {
  std::map<std::string, torch::Tensor> snippets;  // by skill
  MotionRecogniser recogniser;
  nlohmann::json sources = nlohmann::json::array();
  std::string sha256;  // of the file; empty before it was saved

  std::vector<std::string> names() const;
  /// Snippets of a skill. Throws InputError listing the names.
  const torch::Tensor& of(const std::string& skill) const;
};

struct SkillLibraryOptions {
  int snippets = 8;  // per skill
  int frames = 32;   // of each, at the control rate
  RecogniserOptions recogniser;
  std::uint64_t seed = 1;
};

/// Draws snippets without a push from the episodes with the least noise, one an episode. Throws
/// InputError when a skill has not enough of them.
SkillLibrary make_skill_library(const RolloutSet& set, const SkillLibraryOptions& options);

void save_skill_library(const fs::path& file, const Character& character,
                        const SkillLibrary& library);

/// Throws InputError naming file and field for a broken file or one made for another character.
SkillLibrary load_skill_library(const fs::path& file, const Character& character);

/// assets/skills/prompts.safetensors.
fs::path default_skill_library();
/// Weights that take prompts: assets/checkpoints/prompted.safetensors.
fs::path prompted_checkpoint();

/// The prompt [prompt_frames, D] that a model is shown of a snippet [frames, raw frame]: its last
/// frames, in physical units, in the heading frame of the last one. Throws InputError when the
/// model takes no prompts or longer ones.
torch::Tensor prompt_of(const LookaheadModel& model, const torch::Tensor& snippet);

}  // namespace foresight
