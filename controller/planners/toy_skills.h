// Skills as conditions of Decision Diffuser, on the dynamics of toy_navigation.h: a place on the
// other side of the origin is reached by going round it clockwise or anticlockwise.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/planners/toy_navigation.h"

namespace foresight {

/// One-hot conditions of toy_skill_demonstrations.
inline const std::vector<float> kToyClockwise = {1, 0}, kToyAnticlockwise = {0, 1};

/// `count` demonstrations, half per skill: from rest between 1 and 2 from the origin to rest there,
/// 120 to 240 degrees on, by a point half-way round, with the least squared action.
DecisionBatch toy_skill_demonstrations(int count, std::uint64_t seed);

/// Angle swept around the origin by paths [E, T, 4], anticlockwise, rad: [E].
torch::Tensor swept_angles(const torch::Tensor& paths);

/// Shares of episodes, in percent, that sweep more than 60 degrees as asked: {"clockwise",
/// "anticlockwise", "not_clockwise" (negation: anticlockwise), "unconditional_clockwise"}.
nlohmann::json evaluate_toy_skills(const DecisionDiffuser& model, double weight,
                                   const DecisionOptions& sampling, int episodes,
                                   std::uint64_t seed);

}  // namespace foresight
