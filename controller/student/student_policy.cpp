#include "controller/student/student_policy.h"

#include <algorithm>

#include "controller/lookahead_model.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

// Of normalised features: states far from all training data are no reason for huge actions.
constexpr double kLargestInput = 5;
constexpr double kOutputGain = 0.01;
constexpr int kMaxHistory = 64, kMaxLayers = 16, kMaxWidth = 8192;

[[noreturn]] void bad_field(const std::string& file, const std::string& field,
                            const std::string& expected) {
  throw InputError("checkpoint " + file + ": contract field \"" + field + "\": expected " +
                   expected);
}

bool is_integer_in(const json& value, std::int64_t low, std::int64_t high) {
  return value.is_number_integer() && value >= low && value <= high;
}

StudentConfig config_of(const json& contract, const std::string& file) {
  const json model = contract.value("model", json());
  if (!model.is_object()) bad_field(file, "model", "an object");
  const json history = model.value("history", json()), hidden = model.value("hidden", json());
  if (!is_integer_in(history, 1, kMaxHistory)) {
    bad_field(file, "model/history", "a number of frames from 1 to " + std::to_string(kMaxHistory));
  }
  const auto good = [](const json& width) { return is_integer_in(width, 1, kMaxWidth); };
  if (!hidden.is_array() || hidden.empty() || hidden.size() > kMaxLayers ||
      !std::all_of(hidden.begin(), hidden.end(), good)) {
    bad_field(file, "model/hidden", "the widths of 1 to " + std::to_string(kMaxLayers) + " layers");
  }
  return {history, hidden.get<std::vector<std::int64_t>>()};
}

std::vector<std::string> skills_of(const json& contract, const std::string& file) {
  const json skills = contract.value("skills", json());
  const auto good = [](const json& name) { return name.is_string(); };
  if (!skills.is_array() || skills.empty() || !std::all_of(skills.begin(), skills.end(), good)) {
    bad_field(file, "skills", "a list of at least one name");
  }
  return skills;
}

json contract_of(const Character& character, const StudentPolicy& policy) {
  return {{"kind", "student"},
          {"model", {{"history", policy.config.history}, {"hidden", policy.config.hidden}}},
          {"skills", policy.skills},
          {"character", character_contract(character)},
          {"control_hz", character.control_hz},
          {"features", feature_contract(policy.layout)}};
}

Scaling unit_scaling(std::int64_t size) {
  return make_scaling(torch::full({size}, -1.0), torch::full({size}, 1.0));
}

}  // namespace

int StudentPolicy::skill(const std::string& name) const {
  const auto found = std::find(skills.begin(), skills.end(), name);
  if (found != skills.end()) return static_cast<int>(found - skills.begin());
  std::string known;
  for (const std::string& s : skills) known += (known.empty() ? "" : ", ") + s;
  throw InputError("no skill \"" + name + "\"; the student has learnt " + known);
}

torch::Tensor StudentPolicy::normalised_actions(const torch::Tensor& features,
                                                const torch::Tensor& chosen) const {
  const auto seen = ((features - state.centre) / state.half).clamp(-kLargestInput, kLargestInput);
  const auto one_hot = torch::one_hot(chosen, static_cast<std::int64_t>(skills.size()));
  Mlp shared = network;  // a holder gives away only a constant module when it is constant itself
  return shared->forward(torch::cat({seen, one_hot.to(torch::kFloat)}, 1));
}

torch::Tensor StudentPolicy::actions(const torch::Tensor& features,
                                     const torch::Tensor& chosen) const {
  return normalised_actions(features, chosen) * action.half + action.centre;
}

StudentPolicy make_student(const Character& character, const StudentConfig& config,
                           const std::vector<std::string>& skills) {
  StudentPolicy policy;
  policy.config = config;
  policy.layout = state_layout(character);
  policy.skills = skills;
  const std::int64_t features = static_cast<std::int64_t>(config.history) * policy.layout.dim();
  policy.network = Mlp(features + static_cast<std::int64_t>(skills.size()), config.hidden,
                       character.nu, kOutputGain);
  policy.state = unit_scaling(features);
  policy.action = unit_scaling(character.nu);
  policy.contract = contract_of(character, policy);
  return policy;
}

NamedTensors scaling_tensors(const StudentPolicy& policy) {
  NamedTensors tensors;
  add_scaling(tensors, "state", policy.state);
  add_scaling(tensors, "action", policy.action);
  return tensors;
}

void set_scalings(StudentPolicy& policy, const NamedTensors& tensors, const std::string& file) {
  policy.state = read_scaling(tensors, "state", policy.state.low.size(0), file);
  policy.action = read_scaling(tensors, "action", policy.action.low.size(0), file);
}

void save_student(const std::filesystem::path& path, const StudentPolicy& policy,
                  const NamedTensors& weights) {
  Checkpoint checkpoint;
  checkpoint.tensors = weights;
  checkpoint.tensors.merge(scaling_tensors(policy));
  checkpoint.tensors = half_precision(checkpoint.tensors, "normaliser.");
  checkpoint.contract = policy.contract;
  save_checkpoint(path, checkpoint);
}

StudentPolicy load_student(const std::filesystem::path& path, const Character& character) {
  const Checkpoint checkpoint = load_checkpoint(path);
  const std::string name = path.string();
  check_contract(checkpoint, name, "kind", "student");
  check_character_contract(checkpoint, name, character);
  check_contract(checkpoint, name, "control_hz", character.control_hz);
  check_contract(checkpoint, name, "features", feature_contract(state_layout(character)));
  StudentPolicy policy = make_student(character, config_of(checkpoint.contract, name),
                                      skills_of(checkpoint.contract, name));
  load_module(*policy.network, checkpoint.tensors, "network.");
  set_scalings(policy, checkpoint.tensors, name);
  policy.contract = checkpoint.contract;
  policy.sha256 = checkpoint.contract.value("sha256", "");
  return policy;
}

}  // namespace foresight
