// Offline reinforcement learning on transitions, to compare original with synthetic data: TD3+BC
// (Fujimoto and Gu 2021), and plain behaviour cloning as its limit.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "controller/planners/mtdiff.h"
#include "sim/maze/maze_episode.h"

namespace foresight {

struct OfflineOptions {
  std::int64_t steps = 20000;
  int batch = 256;
  int hidden = 128;
  double learning_rate = 3e-4;
  double discount = 0.99;
  double alpha = 2.5;  ///< weight of the value against cloning; 0: behaviour cloning
  double policy_noise = 0.2, noise_clip = 0.5, target_rate = 0.005;
  int policy_delay = 2;
  std::uint64_t seed = 1;
};

/// Policy trained on `data`; acts on physical states with `context` [K] behind them (undefined:
/// none), as in the data's states [N, 4 + K].
struct OfflinePolicy {
  std::function<torch::Tensor(const torch::Tensor&)> act;  ///< [B, 4 + K] -> [B, 2]
  MazePolicy policy(const torch::Tensor& context = {}) const;
};
OfflinePolicy train_offline(const Transitions& data, const OfflineOptions& options);

/// Demonstrations of all tasks with the cells of their maps as context: the data of multi-task
/// behaviour cloning.
Transitions multi_task_transitions(const std::vector<MtDiffTask>& tasks);

/// Cells of a map, [K].
torch::Tensor map_context(const MazeLayout& layout);

/// Both sets together.
Transitions concatenate(const Transitions& a, const Transitions& b);

}  // namespace foresight
