// Value-guided planning as in the Diffuser paper: a return predictor trained on noised
// trajectories steers sampling, the first actions are executed, then it plans anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "controller/planners/diffuser_model.h"
#include "controller/planners/planner_training.h"
#include "models/value_net.h"
#include "sim/maze/maze_data.h"
#include "sim/maze/maze_episode.h"

namespace foresight {

/// Reward 1 per step within `radius` (m) of `centre`.
struct RewardRegion {
  MazePoint centre{};
  double radius = 0.5;
};

/// Discounted sum of future rewards within each stream, times (1 - discount), so in [0, 1]: [N].
torch::Tensor region_returns(const MazeData& data, const RewardRegion& region, double discount);

struct ValueModel {
  ValueNetConfig config;
  ValueNet net{nullptr};
  RewardRegion region;
  double discount = 0.99;
  nlohmann::json contract;
};

/// Trains J for `model`'s trajectories and writes options.out/value.safetensors.
ValueModel train_value(const DiffuserModel& model, const MazeData& data, const RewardRegion& region,
                       double discount, const PlannerTrainingOptions& options,
                       PlannerTrainingResult& result);

/// Throws InputError when the file is no value network or does not fit `model`.
ValueModel load_value(const std::filesystem::path& path, const DiffuserModel& model);

/// J of trajectories x [B, H, C] at levels [B]: [B].
using TrajectoryValue = std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>;

/// J of a value network.
TrajectoryValue value_of(const ValueModel& value);

/// Minus the mean squared planned speed in (m/s)^2: a second reward that needs no training.
TrajectoryValue slowness(const DiffuserModel& model);

/// A weighted sum of values; its gradient_of guides by all of them.
TrajectoryValue sum_of_values(std::vector<TrajectoryValue> values, std::vector<double> weights);

struct RecedingOptions {
  int calls = 6;
  int replan = 1;        ///< actions executed per plan
  int candidates = 1;    ///< plans per episode, of which the one of the highest `rank` is executed
  TrajectoryValue rank;  ///< judges finished plans, at level 0; not used for one candidate
  int warm_level = -1;  ///< noise the shifted last plan to this level instead of starting from pure
                        ///< noise; -1: never
  int steps = 300;      ///< control steps per episode
  double temperature = 1.0;
  GuideOptions guide;
  std::uint64_t seed = 1;
};

/// Episodes from random starts, all planned for together; rewards are those of `region`. Episode i
/// starts as in run_reference with the same seed.
std::vector<MazeEpisode> run_receding(const DiffuserModel& model, const TrajectoryGuide& guide,
                                      const RewardRegion& region, int episodes,
                                      const RecedingOptions& options, std::uint64_t seed);

/// Mean speed over an episode, m/s.
double mean_speed(const MazeEpisode& episode);

}  // namespace foresight
