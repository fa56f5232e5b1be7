// MTDiff on maze maps: one transformer for many tasks, told by a prompt which task it is in.
// Planning mode: next actions from prompt, past states and a wished return. Synthesis mode: windows
// of (s, a, r, s') from the prompt alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "controller/planners/planner_training.h"
#include "models/normaliser.h"
#include "models/prompt_transformer.h"
#include "models/trajectory_diffusion.h"
#include "sim/base/parallel.h"
#include "sim/maze/maze_data.h"
#include "sim/maze/maze_episode.h"

namespace foresight {

struct MtDiffConfig {
  PromptTransformerConfig net;
  int levels = 100;             ///< diffusion steps (reference: 200)
  double return_dropout = 0.2;  ///< share of training samples without their return
  double discount = 0.997;      ///< of the return label, per step until the goal
  /// The reference predicts the noise; the clean values need fewer denoising steps.
  Prediction prediction = Prediction::kClean;
};

/// "plan": MTDiff-P (map prompt unless `steps_prompt`), "synthesis": MTDiff-S with J = 20.
/// "tiny-plan" and "tiny-synthesis" are for tests. Throws InputError for another preset.
MtDiffConfig mtdiff_config(const std::string& preset, bool steps_prompt);
nlohmann::json to_json(const MtDiffConfig& config);
MtDiffConfig mtdiff_config_from_json(const nlohmann::json& json);

/// Demonstrations of one map, ready to be cut into windows.
struct MtDiffTask {
  std::string maze;
  torch::Tensor states;   ///< [N, 4]
  torch::Tensor actions;  ///< [N, 2]
  torch::Tensor rewards;  ///< [N] for the fixed goal, of the state after the action
  torch::Tensor returns;  ///< [N] discount^(steps until the fixed goal is entered), 0: never
  std::vector<MazeSegment> episodes;  ///< cut at the fixed goal, those above 600 steps dropped
};
MtDiffTask make_task(const MazeData& data, double discount);

struct MtDiff {
  MtDiffConfig config;
  PromptTransformer net{nullptr};
  Scaling state, action;
  nlohmann::json contract;
};
MtDiff make_mtdiff(const MtDiffConfig& config, std::uint64_t seed);

/// Error of one batch: `batch` windows, spread evenly over the tasks. Keyed by (seed, step).
StepLoss mtdiff_loss(MtDiff& model, const NoiseSchedule& schedule,
                     const std::vector<MtDiffTask>& tasks, int batch, std::uint64_t seed,
                     std::int64_t step);

/// Trains on all tasks and writes options.out/mtdiff.safetensors. The model gets its scalings.
PlannerTrainingResult train_mtdiff(MtDiff& model, const std::vector<MtDiffTask>& tasks,
                                   const PlannerTrainingOptions& options);

/// Throws InputError when the file is no MTDiff checkpoint.
MtDiff load_mtdiff(const std::filesystem::path& path);

/// Prompt [1, tokens, dim] of a task: its map, or J steps of one of its episodes drawn from `seed`
/// (then `task` must not be null).
torch::Tensor task_prompt(const MtDiff& model, const MazeLayout& layout, const MtDiffTask* task,
                          std::uint64_t seed);

struct MtDiffOptions {
  int calls = 10;
  double temperature = 0.5;
  double weight = 1.2;  ///< of classifier-free guidance
  double target_return = 0.95;
  int replan = 8;  ///< actions executed per plan (reference: 1)
  std::uint64_t seed = 1;
};

/// Actions [B, horizon, 2] (physical, clipped) for past states [B, history, 4] under a prompt
/// [1, tokens, dim].
torch::Tensor plan_actions(const MtDiff& model, const torch::Tensor& prompt,
                           const torch::Tensor& history, const MtDiffOptions& options);

/// Episodes with the map's fixed goal, all planned for together. Episode i starts as in
/// run_reference with the same seed.
std::vector<MazeEpisode> run_mtdiff(const MtDiff& model, const MazeLayout& layout,
                                    const torch::Tensor& prompt, int episodes,
                                    const MtDiffOptions& options, std::uint64_t seed);

/// Transitions, physical units. Rewards are in [0, 1].
struct Transitions {
  torch::Tensor states, actions, rewards, next_states;
};

/// `count` windows of a synthesis model under a prompt, as transitions.
Transitions synthesise(const MtDiff& model, const torch::Tensor& prompt, int count, int calls,
                       std::uint64_t seed);

/// Transitions of demonstrations.
Transitions transitions_of(const MtDiffTask& task);

}  // namespace foresight
