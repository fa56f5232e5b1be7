#include "tools/controller_flags.h"

#include <mujoco/mujoco.h>
#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "controller/task_weights.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"

namespace foresight {
namespace {

using nlohmann::json;

// The value at "a.b.c" of a report.
double value_at(const json& report, const std::string& path) {
  std::string pointer = "/" + path;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  const json::json_pointer where(pointer);
  if (!report.contains(where) || !report[where].is_number()) {
    throw InputError("--require: the report has no number \"" + path + "\"");
  }
  return report[where];
}

// What --require asks for: the number at `path` of a report is at most, or at least, `limit`.
struct Demand {
  std::string path;
  bool at_most = true;
  double limit = 0;
};

std::optional<Demand> demand_from(const std::string& text) {
  const auto at = text.find_first_of("<>");
  if (at == 0 || at == std::string::npos || text.compare(at + 1, 1, "=") != 0) return std::nullopt;
  Demand demand{text.substr(0, at), text[at] == '<', 0};
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + at + 2, end, demand.limit);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return demand;
}

void check_requirement(const json& report, const std::string& text) {
  const Demand demand = demand_from(text).value();
  const double value = value_at(report, demand.path);
  const bool met = demand.at_most ? value <= demand.limit : value >= demand.limit;
  if (!met) throw TargetMissed(text + ", got " + std::to_string(value));
}

int levels_per_call(const ControllerFlags& f) {
  return f.stride > 0 ? f.stride : default_stride(f.action_rolling);
}

ActionRows action_rows(const ControllerFlags& f) {
  return f.action_rows.empty() ? default_action_rows(f.action_rolling)
                               : action_rows_from(f.action_rows);
}

}  // namespace

void add_controller_flags(Command* app, const std::shared_ptr<ControllerFlags>& f) {
  app->add_option("--checkpoint", f->checkpoint, "Weights (default: those that ship)");
  app->add_option("--character", f->character, "Character tables (default: the humanoid)");
  app->add_option("--method", f->method,
                  "lookahead, or kin+track: its states tracked by the expert (eval only)")
      ->check(one_of({"lookahead", "kin+track"}));
  app->add_option("--replan", f->replan,
                  "Control steps per plan of kin+track (default 2; with 1 it falls)")
      ->check(in_range(1, 1000));
  app->add_option("--expert", f->expert, "Expert of kin+track (default: the one that ships)");
  app->add_option("--weights", f->weights, "Guidance weights of tasks (default: those that ship)");
  app->add_option("--device", f->device, "auto, cpu or cuda");
  app->add_option("--threads", f->threads, "Threads (default 2)")->check(in_range(1, 256));
  app->add_option(
         "--plan-steps", f->plan_steps,
         "Control steps that a plan takes, as on the app's planner thread (default 0: none)")
      ->check(in_range(0, 8));
  app->add_option("--follow-level", f->follow_level,
                  "Noise level at which a late plan is taken up again (default 1: one call)")
      ->check(in_range(0, 12));
  app->add_option("--candidates", f->candidates,
                  "Plans made side by side, of which the one that costs least is kept (default 1)")
      ->check(in_range(1, 64));
  app->add_flag("--bf16", f->bf16, "Run the network in bfloat16");
  app->add_option("--guidance-scale", f->guidance_scale, "Factor on the weights of all costs");
  app->add_option("--trust", f->trust, "Longest guidance step of a token, m (default: the task's)");
  app->add_option("--max-gain", f->max_gain, "Limit of the guidance gain (default: the task's)");
  app->add_option("--roll-level", f->roll_level,
                  "Noise level at which states roll (default 17 of 20)");
  app->add_option("--action-rows", f->action_rows,
                  "Actions are denoised in the first calls, the last ones or once, in the last one "
                  "alone (default once; first with --action-rolling)")
      ->check(one_of({"first", "last", "once"}));
  app->add_flag("--no-reexpress", f->no_reexpress, "Leave buffered frames in their old frame");
  app->add_option("--levels-per-call", f->stride,
                  "Noise levels that a network call takes (default 3; 1 with --action-rolling)")
      ->check(in_range(1, 5));
  app->add_option("--state-temperature", f->state_temperature,
                  "Factor on the noise that states are sampled with (default 1)")
      ->check(in_range(0, 2));
  app->add_option("--action-temperature", f->action_temperature, "The same for actions (default 1)")
      ->check(in_range(0, 2));
  app->add_flag("--no-state-rolling", f->no_state_rolling, "Denoise states anew every step");
  app->add_flag("--action-rolling", f->action_rolling,
                "Keep a queue of actions between steps instead of denoising them anew");
}

LoadedController load_controller(const ControllerFlags& f) {
  set_threads(f.threads);
  LoadedController loaded;
  loaded.character = f.character.empty() ? default_character() : load_character(f.character);
  loaded.device = choose_device(f.device);
  const fs::path shipped = assets_dir() / "checkpoints" / "lookahead.safetensors";
  const fs::path file = f.checkpoint.empty() ? shipped : fs::path(f.checkpoint);
  loaded.model = std::make_shared<const LookaheadModel>(
      load_lookahead(file, *loaded.character, loaded.device));
  loaded.weights = f.weights.empty() ? shipped_task_weights() : load_task_weights(f.weights);
  LookaheadOptions& o = loaded.options;
  o.bf16 = f.bf16;
  o.reexpress = !f.no_reexpress;
  o.guidance_scale = f.guidance_scale;
  o.trust = f.trust;
  o.max_gain = f.max_gain;
  o.plan_steps = f.plan_steps;
  o.sampler.follow_level = f.follow_level;
  o.sampler.roll_level = f.roll_level;
  o.sampler.roll_states = !f.no_state_rolling;
  o.sampler.roll_actions = f.action_rolling;
  o.sampler.stride = levels_per_call(f);
  o.sampler.candidates = f.candidates;
  o.sampler.state_temperature = f.state_temperature;
  o.sampler.action_temperature = f.action_temperature;
  o.sampler.action_rows = action_rows(f);
  return loaded;
}

json versions_json() {
  return {
      {"foresight", FORESIGHT_VERSION}, {"mujoco", mj_versionString()}, {"torch", TORCH_VERSION}};
}

EvalData load_starts(const std::string& file, const Character& character) {
  const fs::path path = file.empty() ? default_eval_data(character) : fs::path(file);
  if (!file.empty() || fs::exists(path)) return load_eval_data(path, character);
  EvalData data;
  data.starts = {standing_start(character)};
  return data;
}

void add_require_flag(Command* app, std::vector<std::string>& demands, const std::string& example) {
  app->add_option("--require", demands,
                  "Exit code 3 unless it holds, e.g. " + example + " (repeatable)")
      ->check({"NAME<=NUMBER or NAME>=NUMBER",
               [](const std::string& text) { return demand_from(text).has_value(); }});
}

void check_requirements(const json& report, const std::vector<std::string>& demands) {
  for (const std::string& demand : demands) check_requirement(report, demand);
}

}  // namespace foresight
