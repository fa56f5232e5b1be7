#include "controller/control_settings.h"

#include <ATen/Parallel.h>

#include "models/device.h"
#include "sim/base/error.h"

namespace foresight {

using nlohmann::json;

ControlSettings control_settings(const LookaheadModel& model, const LookaheadOptions& options,
                                 bool threaded, bool shared) {
  return {model.sha256,
          options,
          threaded,
          shared,
          at::get_num_threads(),
          device_name(model.normaliser.projection.device())};
}

json to_json(const LookaheadOptions& options) {
  const SamplerOptions& sampler = options.sampler;
  json j = {{"bf16", options.bf16},
            {"reexpress", options.reexpress},
            {"guidance_scale", options.guidance_scale},
            {"trust", options.trust},
            {"max_gain", options.max_gain},
            {"plan_steps", options.plan_steps},
            {"follow_level", sampler.follow_level},
            {"roll_level", sampler.roll_level},
            {"roll_states", sampler.roll_states},
            {"roll_actions", sampler.roll_actions},
            {"levels_per_call", sampler.stride},
            {"prune", sampler.prune},
            {"action_rows", action_rows_name(sampler.action_rows)},
            {"state_temperature", sampler.state_temperature},
            {"action_temperature", sampler.action_temperature},
            {"candidates", sampler.candidates},
            {"clamp", sampler.clamp}};
  if (!options.prompt.empty()) {
    j["prompt"] = options.prompt;
    j["prompt_strength"] = options.prompt_strength;
  }
  return j;
}

json to_json(const ControlSettings& s) {
  json j = to_json(s.options);
  j.update({{"checkpoint_sha256", s.checkpoint_sha256},
            {"threaded", s.threaded},
            {"shared", s.shared},
            {"threads", s.threads},
            {"device", s.device}});
  return j;
}

ControlSettings control_settings_from_json(const json& j, const std::string& name) {
  ControlSettings s;
  SamplerOptions& sampler = s.options.sampler;
  try {
    s.checkpoint_sha256 = j.at("checkpoint_sha256");
    s.threaded = j.at("threaded");
    s.shared = j.at("shared");
    s.threads = j.at("threads");
    s.device = j.at("device");
    s.options.bf16 = j.at("bf16");
    s.options.reexpress = j.at("reexpress");
    s.options.guidance_scale = j.at("guidance_scale");
    s.options.trust = j.at("trust");
    s.options.max_gain = j.at("max_gain");
    s.options.plan_steps = j.value("plan_steps", 0);
    sampler.follow_level = j.value("follow_level", 1);
    sampler.roll_level = j.at("roll_level");
    sampler.roll_states = j.at("roll_states");
    sampler.roll_actions = j.at("roll_actions");
    sampler.stride = j.value("levels_per_call", 1);
    sampler.prune = j.at("prune");
    sampler.action_rows = action_rows_from(j.at("action_rows"));
    sampler.state_temperature = j.value("state_temperature", 1.0);
    sampler.action_temperature = j.value("action_temperature", 1.0);
    sampler.clamp = j.at("clamp");
    sampler.candidates = j.value("candidates", 1);
    s.options.prompt = j.value("prompt", std::vector<float>());
    s.options.prompt_strength = j.value("prompt_strength", 1.0);
  } catch (const json::exception& error) {
    throw InputError(name + ": the settings of the controller are damaged: " + error.what());
  } catch (const InputError& error) {
    throw InputError(name + ": " + error.what());
  }
  if (s.threads < 1 || s.threads > 1024 || sampler.stride < 1 || s.options.plan_steps < 0 ||
      s.options.plan_steps > 64 || sampler.follow_level < 0 || sampler.follow_level > 10000 ||
      sampler.roll_level < -1 || sampler.roll_level > 10000 || !(sampler.state_temperature >= 0) ||
      !(sampler.action_temperature >= 0) || sampler.candidates < 1 || sampler.candidates > 1024) {
    throw InputError(name + ": a setting of the controller is out of range");
  }
  return s;
}

}  // namespace foresight
