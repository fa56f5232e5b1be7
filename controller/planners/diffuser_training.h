// Training of Diffuser's denoiser, and of the value network that guides it.
#pragma once

#include "controller/planners/diffuser_model.h"
#include "controller/planners/planner_training.h"
#include "sim/maze/maze_data.h"

namespace foresight {

/// Trains a model on demonstrations of its map and writes options.out/diffuser.safetensors.
PlannerTrainingResult train_diffuser(const DiffuserConfig& config, const MazeData& data,
                                     const PlannerTrainingOptions& options);

/// Entries that are known in training and planning [B, H, 6]: the first state and, with `goal`, the
/// last one; actions never.
torch::Tensor endpoint_mask(std::int64_t batch, std::int64_t frames, bool goal);

/// Contract entry for data that the program generated.
nlohmann::json generated_data(const MazeData& data);

}  // namespace foresight
