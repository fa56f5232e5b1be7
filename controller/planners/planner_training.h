// What the trainings of all planners share: a folder with checkpoint, state and curve, a time
// budget that becomes a number of steps at the start, and resuming.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "models/torch.h"
#include "models/trainer.h"

namespace foresight {

struct PlannerTrainingOptions {
  std::filesystem::path
      out;  ///< folder: NAME.safetensors + .json, NAME.state.safetensors, NAME.csv
  double hours = 1;
  std::int64_t steps = 0;  ///< 0: as many as fit into `hours`
  int batch = 64;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  double save_minutes = 5;
  bool quiet = false;
};

struct PlannerTrainingResult {
  TrainingEnd end = TrainingEnd::kFinished;
  std::int64_t steps = 0;
  double loss = 0;              ///< mean of the last 100 steps of this call; 0: none were left
  double seconds_per_step = 0;  ///< of this call; 0: none were left
};

/// Trains `module` in place until done or interrupted (SIGINT, SIGTERM), then leaves the averaged
/// weights in it. `settings` describes the training; a started one in the folder is continued, and
/// one with other settings refused (InputError). `save`, which writes NAME.safetensors, is called
/// with the averaged weights (named "net.*") at the end, unless they are there and none were left.
PlannerTrainingResult train_planner(
    const std::string& name, const std::shared_ptr<torch::nn::Module>& module,
    const LossFunction& loss, const nlohmann::json& settings, const PlannerTrainingOptions& options,
    const std::function<void(const NamedTensors&, const PlannerTrainingResult&)>& save);

}  // namespace foresight
