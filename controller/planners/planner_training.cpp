#include "controller/planners/planner_training.h"

#include <cmath>
#include <cstdio>

#include "models/checkpoint.h"
#include "sim/base/clock.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/progress.h"

namespace foresight {
namespace {

using nlohmann::json;
constexpr int kSpeedSteps = 10;

/// Seconds per step, measured on the module itself: its weights are put back afterwards.
double measure_step(const std::shared_ptr<torch::nn::Module>& module, const LossFunction& loss,
                    TrainerConfig config) {
  config.state_file.clear();
  config.log_file.clear();
  const auto before = module_tensors(*module, "");
  Trainer trial(module, config);
  trial.step(loss);
  const auto start = Clock::now();
  for (int i = 0; i < kSpeedSteps; ++i) trial.step(loss);
  const double seconds = seconds_since(start) / kSpeedSteps;
  load_module(*module, before, "");
  return seconds;
}

void refuse_other_settings(const json& found, const json& settings, const fs::path& file) {
  if (!found.is_object() || !found.contains("settings") ||
      !found.value("total_steps", json()).is_number_integer()) {
    throw InputError(file.string() + ": damaged; remove it to start again");
  }
  for (const auto& [key, value] : settings.items()) {
    if (found["settings"].value(key, json()) == value) continue;
    throw InputError(file.string() + ": this training was started with " + key + " = " +
                     found["settings"].value(key, json()).dump() + ", not " + value.dump() +
                     ". Use the same, or another --out");
  }
}

/// Total steps; decided once and kept in NAME.training.json.
std::int64_t total_steps(const std::string& name, const std::shared_ptr<torch::nn::Module>& module,
                         const LossFunction& loss, const json& settings,
                         const PlannerTrainingOptions& o, const TrainerConfig& config) {
  const fs::path file = o.out / (name + ".training.json");
  if (fs::exists(file)) {
    const json found = json::parse(read_file(file), nullptr, false);
    refuse_other_settings(found, settings, file);
    return found["total_steps"];
  }
  std::int64_t steps = o.steps;
  if (steps <= 0) {
    const double each = measure_step(module, loss, config);
    steps = std::max<std::int64_t>(1, std::llround(0.97 * 3600 * o.hours / each));
    std::fprintf(stderr, "%.1f ms a step: %lld steps in %.2f h\n", 1000 * each,
                 static_cast<long long>(steps), o.hours);
  }
  write_file(file, json{{"settings", settings}, {"total_steps", steps}}.dump(2) + "\n");
  return steps;
}

TrainerConfig trainer_config(const std::string& name, const PlannerTrainingOptions& o) {
  TrainerConfig c;
  c.learning_rate = o.learning_rate;
  c.weight_decay = 0;
  c.warmup_steps = 200;
  c.ema_max = 0.999;
  c.seed = o.seed;
  c.state_file = o.out / (name + ".state.safetensors");
  c.log_file = o.out / (name + ".csv");
  c.save_minutes = o.save_minutes;
  return c;
}

}  // namespace

PlannerTrainingResult train_planner(
    const std::string& name, const std::shared_ptr<torch::nn::Module>& module,
    const LossFunction& loss, const json& settings, const PlannerTrainingOptions& options,
    const std::function<void(const NamedTensors&, const PlannerTrainingResult&)>& save) {
  fs::create_directories(options.out);
  json all = settings;
  all["batch"] = options.batch;
  all["seed"] = options.seed;
  all["learning_rate"] = options.learning_rate;
  TrainerConfig config = trainer_config(name, options);
  config.total_steps = total_steps(name, module, loss, all, options, config);
  Trainer trainer(module, config);
  trainer.resume();
  PlannerTrainingResult result;
  const std::int64_t first = trainer.steps_done();
  const auto start = Clock::now();
  ProgressBar bar("train " + name, static_cast<double>(config.total_steps), options.quiet);
  bar.resume_at(static_cast<double>(first));
  result.end = trainer.run(loss, [&](std::int64_t step, double value) {
    const double weight = 1.0 / static_cast<double>(std::min<std::int64_t>(step - first, 100));
    result.loss += weight * (value - result.loss);
    bar.update(static_cast<double>(step), "loss " + std::to_string(result.loss));
    return true;
  });
  result.steps = trainer.steps_done();
  const std::int64_t done = result.steps - first;
  if (done > 0) result.seconds_per_step = seconds_since(start) / static_cast<double>(done);
  // A training that was over before keeps its checkpoint, and the loss in that one's card.
  if (done > 0 || !fs::exists(options.out / (name + ".safetensors"))) {
    save(trainer.ema_tensors("net."), result);
  }
  trainer.swap_ema();
  module->eval();
  return result;
}

}  // namespace foresight
