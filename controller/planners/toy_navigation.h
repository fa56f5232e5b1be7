// The toy problem of Decision Diffuser's appendix A with dynamics of our own: a damped double
// integrator in the plane that must end inside or outside a circle, or both.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/planners/decision_diffuser.h"
#include "models/torch.h"

namespace foresight {

/// State (x, y, vx, vy); per axis p' = p + 0.1 v, v' = 0.95 v + 0.1 a. 52 states, 51 actions.
inline constexpr int kToyFrames = 52;
inline constexpr double kToyInner = 0.7, kToyOuter = 1.0;

/// What the last position must satisfy.
enum class ToyConstraint { kInside, kOutside, kBoth };  ///< |p| <= 1, |p| >= 0.7, both

/// One step for states [B, 4] and actions [B, 2].
torch::Tensor toy_step(const torch::Tensor& state, const torch::Tensor& action);

/// Where one axis has to be after some steps, relative to its start.
struct ToyWaypoint {
  int step;
  double distance;
};

/// Actions of least squared size that lead one axis from rest through the waypoints and to rest at
/// the end.
std::vector<double> least_actions(const std::vector<ToyWaypoint>& waypoints);

/// States [B, 52, 4] of actions [B, 52, 2] (the last is not used) from starts [B, 4].
torch::Tensor toy_path(const torch::Tensor& starts, const torch::Tensor& actions);

/// Shares of final states [B, 4] that satisfy a constraint.
bool toy_satisfied(ToyConstraint constraint, double x, double y);

/// `count` demonstrations, half per single constraint (one-hot condition): from a random start at
/// rest within radius 2 to a random allowed end at rest, with the least squared action.
DecisionBatch toy_demonstrations(int count, std::uint64_t seed);

/// Configuration for this problem (width 32, all past states as history).
DecisionDiffuserConfig toy_config();

/// Trains on `demonstrations`.
PlannerTrainingResult train_toy(DecisionDiffuser& model, const DecisionBatch& demonstrations,
                                const PlannerTrainingOptions& options);

/// Closed loop from starts [episodes, 4]: plans with all past states as history every `replan`
/// steps, acts by inverse dynamics. Returns all states [episodes, 52, 4].
torch::Tensor run_toy(const DecisionDiffuser& model, const DecisionOptions& options,
                      const torch::Tensor& starts, int replan, std::uint64_t seed);

/// Success rates in percent of all conditions: {"inside", "outside", "both", "not_inside"
/// (negation: ends beyond 1), "unconditional_inside", "unconditional_both"}.
nlohmann::json evaluate_toy(const DecisionDiffuser& model, double weight,
                            const DecisionOptions& sampling, int episodes, std::uint64_t seed);

}  // namespace foresight
