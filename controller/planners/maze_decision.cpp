#include "controller/planners/maze_decision.h"

#include <algorithm>
#include <cmath>

#include "controller/planners/diffuser_training.h"
#include "controller/planners/maze_windows.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

torch::Tensor current_states(const std::vector<MazeEpisode>& episodes) {
  auto states = torch::zeros({static_cast<std::int64_t>(episodes.size()), 4});
  auto table = states.accessor<float, 2>();
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    for (int c = 0; c < 4; ++c) table[i][c] = static_cast<float>(episodes[i].path.back()[c]);
  }
  return states;
}

constexpr double kCell = 0.5;  // m
constexpr int kCells = 64;     // per axis, more than any maze has

}  // namespace

torch::Tensor relative_returns(const MazeData& data, const torch::Tensor& returns) {
  auto cells = torch::empty({data.rows()}, torch::kLong);
  for (std::int64_t t = 0; t < data.rows(); ++t) {
    const float* x = &data.observations[4 * t];
    const auto cell = [](float p) {
      return std::clamp(static_cast<int>(std::floor(p / kCell)), 0, kCells - 1);
    };
    cells.data_ptr<std::int64_t>()[t] = kCells * cell(x[0]) + cell(x[1]);
  }
  const auto best = torch::full({kCells * kCells}, 1e-6).scatter_reduce(0, cells, returns, "amax");
  return returns / best.index_select(0, cells);
}

DecisionDiffuserConfig maze_decision_config() {
  DecisionDiffuserConfig config;
  config.frames = 32;
  config.condition = 1;
  return config;
}

PlannerTrainingResult train_maze_decision(DecisionDiffuser& model, const MazeData& data,
                                          const RewardRegion& region, double discount,
                                          const PlannerTrainingOptions& options) {
  const int frames = model.config.frames;
  const MazeWindows windows(data, maze_streams(data), frames, 1);
  model.state = limits_of(windows.rows().narrow(1, kMazeActionChannels, 4));
  model.action = limits_of(windows.rows().narrow(1, 0, kMazeActionChannels));
  const auto returns = relative_returns(data, region_returns(data, region, discount));
  const DecisionSource source = [&](std::int64_t step) {
    const auto starts = windows.draw(options.batch, frames, options.seed, step);
    const auto rows = windows.cut(starts, frames);
    return DecisionBatch{rows.narrow(2, kMazeActionChannels, 4),
                         rows.narrow(2, 0, kMazeActionChannels),
                         returns.index_select(0, starts).unsqueeze(1)};
  };
  auto source_of_data = generated_data(data);
  source_of_data[0]["region"] = {region.centre[0], region.centre[1], region.radius};
  source_of_data[0]["discount"] = discount;
  source_of_data[0]["maze"] = data.maze;
  return train_decision_diffuser(model, "decision", source, source_of_data, options);
}

std::vector<MazeEpisode> run_maze_decision(const DecisionDiffuser& model, const MazeLayout& layout,
                                           const DecisionOptions& options, int episodes, int replan,
                                           std::uint64_t seed) {
  FS_CHECK(replan >= 1 && replan < model.config.frames);
  MazeRun run = start_episodes(layout, episodes, seed);
  torch::Tensor plan;
  for (int t = 0; t < layout.episode_steps; ++t) {
    const auto states = current_states(run.episodes);
    if (t % replan == 0) {
      DecisionOptions now = options;
      now.seed = random_key(options.seed, seed, t);
      plan = plan_states(model, states.unsqueeze(1), now);
    }
    const auto actions = inverse_action(model, states, plan.select(1, t % replan + 1)).contiguous();
    const auto table = actions.accessor<float, 2>();
    for (int i = 0; i < episodes; ++i) {
      step_episode(run.worlds[i], run.episodes[i], {table[i][0], table[i][1]});
    }
  }
  return std::move(run.episodes);
}

}  // namespace foresight
