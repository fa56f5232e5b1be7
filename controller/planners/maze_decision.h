// Decision Diffuser in a maze: states of 32 steps under a wished return, actions by inverse
// dynamics, closed loop.
#pragma once

#include "controller/planners/decision_diffuser.h"
#include "controller/planners/value_guide.h"

namespace foresight {

/// States of 32 steps of 0.01 s, condition: return in [0, 1].
DecisionDiffuserConfig maze_decision_config();

/// Each row's return divided by the largest of all rows of its cell of 0.5 m, so that a wish for
/// nearly 1 is one that some demonstration fulfils wherever it is made. [rows] in and out.
torch::Tensor relative_returns(const MazeData& data, const torch::Tensor& returns);

/// Trains on demonstrations; the condition is the discounted return in `region`, relative to the
/// best from the same place. Writes options.out/decision.safetensors.
PlannerTrainingResult train_maze_decision(DecisionDiffuser& model, const MazeData& data,
                                          const RewardRegion& region, double discount,
                                          const PlannerTrainingOptions& options);

/// Episodes with the fixed goal of the map as reward region; plans every `replan` steps.
std::vector<MazeEpisode> run_maze_decision(const DecisionDiffuser& model, const MazeLayout& layout,
                                           const DecisionOptions& options, int episodes, int replan,
                                           std::uint64_t seed);

}  // namespace foresight
