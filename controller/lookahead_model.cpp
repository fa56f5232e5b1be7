#include "controller/lookahead_model.h"

#include <map>

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

json list(const Eigen::VectorXd& v) { return std::vector<double>(v.data(), v.data() + v.size()); }

std::string past_actions_name(PastActions past) {
  return past == PastActions::kQueue ? "queue" : "executed";
}

int read_stride(const Checkpoint& checkpoint, const std::string& name) {
  const json stride = checkpoint.contract.value("prompt_stride", json());
  if (!stride.is_number_integer() || stride < 1 || stride > 64) {
    throw InputError("checkpoint " + name + ": \"prompt_stride\" is not a number from 1 to 64");
  }
  return stride;
}

}  // namespace

PromptShape prompt_shape(const LookaheadModel& model) {
  return {model.config.prompt_frames, model.prompt_stride};
}

DenoiserConfig lookahead_config(const std::string& preset, const Character& character) {
  DenoiserConfig config;
  config.state_dim = state_layout(character).dim();
  config.projected_dim = 2 * config.state_dim;
  config.action_dim = character.nu;
  config.dropout = 0;  // a training sees hardly any window twice: nothing to overfit
  if (preset == "small") return config;
  if (preset == "base") {
    config.layers = 6;
    config.heads = 8;
    config.width = 512;
  } else if (preset == "tiny") {
    config.layers = 2;
    config.heads = 2;
    config.width = 64;
  } else {
    throw InputError("--model \"" + preset + "\": expected small, base or tiny");
  }
  return config;
}

LookaheadModel random_lookahead(const Character& character, const DenoiserConfig& config,
                                std::uint64_t seed, double state_range, double action_range) {
  torch::manual_seed(seed);
  LookaheadModel model;
  model.config = config;
  model.layout = state_layout(character);
  model.denoiser = JointDenoiser(config);
  model.denoiser->eval();
  const auto state = torch::full({config.state_dim}, state_range, torch::kFloat);
  const auto action = torch::full({config.action_dim}, action_range, torch::kFloat);
  NormaliserConfig settings;
  settings.emphasised = model.layout.emphasised();
  model.normaliser =
      fit_normaliser(torch::stack({-state, state}), torch::stack({-action, action}), settings);
  model.contract = lookahead_contract(character, model);
  return model;
}

json character_contract(const Character& c) {
  const mjModel& m = *c.model;
  json links = json::array();
  for (int b = 1; b < m.nbody; ++b) {
    const mjtNum* p = m.body_pos + 3 * b;
    const bool root = b == 1;  // its offset is only where the model file happens to put it
    links.push_back({mj_id2name(&m, mjOBJ_BODY, b), m.body_mass[b], root ? 0 : p[0],
                     root ? 0 : p[1], root ? 0 : p[2]});
  }
  return {{"name", c.name},
          {"fingerprint", c.fingerprint},
          {"joints", c.joint_names},
          {"kp", list(c.kp)},
          {"kv", list(c.kv)},
          {"force_limit", list(c.force_limit)},
          {"ctrl_low", list(c.ctrl_low)},
          {"ctrl_high", list(c.ctrl_high)},
          {"timestep", m.opt.timestep},
          {"substeps", c.substeps},
          {"links", links}};
}

void check_character_contract(const Checkpoint& checkpoint, const std::string& name,
                              const Character& character) {
  const json expected = character_contract(character);
  for (const auto& [field, value] : expected.items()) {
    if (field == "name" || field == "fingerprint") continue;  // cosmetic changes are allowed
    check_contract(checkpoint, name, "character/" + field, value);
  }
}

json lookahead_contract(const Character& character, const LookaheadModel& model) {
  json contract = {{"kind", "lookahead"},
                   {"model", to_json(model.config)},
                   {"character", character_contract(character)},
                   {"control_hz", character.control_hz},
                   {"features", feature_contract(model.layout)},
                   {"past_actions", past_actions_name(model.past_actions)}};
  if (model.config.prompt_frames > 0) contract["prompt_stride"] = model.prompt_stride;
  return contract;
}

json training_data_of(const RolloutSet& set) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> sources;
  for (const RolloutClip& clip : set.clips) {
    sources[{clip.name.substr(0, clip.name.find('/')), clip.licence}].push_back(clip.name);
  }
  json out = json::array();
  for (const auto& [key, clips] : sources) {
    out.push_back({{"source", key.first}, {"licence", key.second}, {"clips", clips}});
  }
  return out;
}

void save_lookahead(const std::filesystem::path& path, const LookaheadModel& model,
                    const NamedTensors& weights) {
  Checkpoint checkpoint;
  checkpoint.tensors = weights;
  for (const auto& [name, tensor] : normaliser_tensors(model.normaliser)) {
    checkpoint.tensors[name] = tensor;
  }
  checkpoint.tensors = half_precision(checkpoint.tensors, "normaliser.");
  checkpoint.contract = model.contract;
  save_checkpoint(path, checkpoint);
}

LookaheadModel load_lookahead(const std::filesystem::path& path, const Character& character,
                              const torch::Device& device) {
  const Checkpoint checkpoint = load_checkpoint(path);
  const std::string name = path.string();
  LookaheadModel model;
  model.layout = state_layout(character);
  check_contract(checkpoint, name, "kind", "lookahead");
  check_character_contract(checkpoint, name, character);
  check_contract(checkpoint, name, "control_hz", character.control_hz);
  check_contract(checkpoint, name, "features", feature_contract(model.layout));
  model.config = denoiser_config_from_json(checkpoint.contract.at("model"));
  model.past_actions = checkpoint.contract.value("past_actions", "queue") == "queue"
                           ? PastActions::kQueue
                           : PastActions::kExecuted;
  if (model.config.prompt_frames > 0) model.prompt_stride = read_stride(checkpoint, name);
  model.denoiser = JointDenoiser(model.config);
  load_module(*model.denoiser, checkpoint.tensors, "denoiser.");
  model.denoiser->to(device);
  model.denoiser->eval();
  model.normaliser = normaliser_from_tensors(checkpoint.tensors).to(device);
  model.contract = checkpoint.contract;
  model.sha256 = checkpoint.contract.value("sha256", "");
  return model;
}

}  // namespace foresight
