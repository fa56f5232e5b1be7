// StudentPolicy: a plain network from the last few body states and the name of a skill to PD
// targets, the reference line beside the look-ahead model. It sees neither reference nor phase.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/expert/expert_policy.h"
#include "controller/state_layout.h"
#include "models/checkpoint.h"
#include "models/normaliser.h"
#include "models/torch.h"
#include "sim/character.h"

namespace foresight {

struct StudentConfig {
  int history = 4;  // frames, now included, as the look-ahead model sees
  std::vector<std::int64_t> hidden{512, 512, 512};
};

struct StudentPolicy {
  StudentConfig config;
  StateLayout layout;
  std::vector<std::string> skills;
  Mlp network{nullptr};
  Scaling state, action;  // of features [history x D] and of actions [nu]
  nlohmann::json contract;
  std::string sha256;  // of the tensor file; empty for a policy that was never saved

  /// Index of a skill. Throws InputError listing those that there are.
  int skill(const std::string& name) const;

  /// Normalised actions [N, nu] for features [N, history x D] (FrameHistory) and skills [N] int64.
  torch::Tensor normalised_actions(const torch::Tensor& features,
                                   const torch::Tensor& skills) const;
  /// PD targets [N, nu], rad, not clamped to the control range.
  torch::Tensor actions(const torch::Tensor& features, const torch::Tensor& skills) const;
};

/// Untrained weights (by torch's global generator) and scalings that change nothing.
StudentPolicy make_student(const Character& character, const StudentConfig& config,
                           const std::vector<std::string>& skills);

/// The limits of both scalings under "normaliser.*", and back. Throws InputError naming a tensor
/// of `file` that is missing or has another size than the policy needs.
NamedTensors scaling_tensors(const StudentPolicy& policy);
void set_scalings(StudentPolicy& policy, const NamedTensors& tensors, const std::string& file);

/// Writes weights (float16; the tensors under "network.") and contract.
void save_student(const std::filesystem::path& path, const StudentPolicy& policy,
                  const NamedTensors& weights);

/// Throws InputError naming the field when the checkpoint is broken or was made for something else.
StudentPolicy load_student(const std::filesystem::path& path, const Character& character);

}  // namespace foresight
