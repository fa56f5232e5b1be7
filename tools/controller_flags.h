// Flags shared by the commands that drive a character: which weights, on what, how steered.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
#include "tools/command_line.h"

#include "controller/eval_data.h"
#include "controller/lookahead_controller.h"

namespace foresight {

struct ControllerFlags {
  std::string checkpoint, character, device = "auto", method = "lookahead";
  std::string action_rows, expert, weights;
  int threads = 2, replan = 2;
  int roll_level = -1;
  int stride = 0;  // 0: the default
  bool bf16 = false, no_reexpress = false, no_state_rolling = false, action_rolling = false;
  double guidance_scale = 1, trust = 0, max_gain = 0;
  int plan_steps = 0, follow_level = 1, candidates = 1;
  double state_temperature = SamplerOptions{}.state_temperature;
  double action_temperature = SamplerOptions{}.action_temperature;
};

/// Adds the flags to a command.
void add_controller_flags(Command* app, const std::shared_ptr<ControllerFlags>& flags);

/// What the flags name, loaded.
struct LoadedController {
  std::shared_ptr<const Character> character;
  std::shared_ptr<const LookaheadModel> model;
  LookaheadOptions options;
  torch::Device device = torch::kCPU;
  nlohmann::json weights = nlohmann::json::object();  // of tasks, see task_weights.h
};

/// Sets threads, loads character and checkpoint. Throws InputError.
LoadedController load_controller(const ControllerFlags& flags);

/// Versions of the program and of the libraries that a result depends on.
nlohmann::json versions_json();

/// Evaluation data from `file`, or from the assets when it is empty; without either, the rest pose
/// as the only start state.
EvalData load_starts(const std::string& file, const Character& character);

/// Adds --require with demands like "metrics.fall_rate.mean<=0.05"; others are refused.
void add_require_flag(Command* app, std::vector<std::string>& demands, const std::string& example);

/// Checks such demands against a report; throws TargetMissed naming the first one missed,
/// InputError when the report has no such number.
void check_requirements(const nlohmann::json& report, const std::vector<std::string>& demands);

}  // namespace foresight
