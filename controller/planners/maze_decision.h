// Decision Diffuser in a maze: states of 32 steps under a wished return, actions by inverse
// dynamics, closed loop.
#pragma once

#include "controller/planners/decision_diffuser.h"
#include "controller/planners/value_guide.h"

namespace foresight {

/// States of 32 steps of 0.01 s, condition: return in [0, 1].
DecisionDiffuserConfig maze_decision_config();

/// Trains on demonstrations; the condition is the discounted return in `region`, divided by its
/// largest value in the data. Writes options.out/decision.safetensors.
PlannerTrainingResult train_maze_decision(DecisionDiffuser& model, const MazeData& data,
                                          const RewardRegion& region, double discount,
                                          const PlannerTrainingOptions& options);

/// Episodes with the fixed goal of the map as reward region; plans every `replan` steps.
std::vector<MazeEpisode> run_maze_decision(const DecisionDiffuser& model, const MazeLayout& layout,
                                           const DecisionOptions& options, int episodes, int replan,
                                           std::uint64_t seed);

}  // namespace foresight
