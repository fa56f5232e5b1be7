#include "controller/planners/toy_skills.h"

#include <numbers>

#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr double kNear = 1.0, kFar = 2.0;  // distance of starts and ends from the origin
constexpr double kRound = 1.2;             // of the point half-way round
constexpr double kLeastSweep = std::numbers::pi / 3;

struct Polar {
  double radius, angle;
  double x() const { return radius * std::cos(angle); }
  double y() const { return radius * std::sin(angle); }
};

Polar random_start(std::uint64_t seed, int i) {
  Rng rng{random_key(seed, 61, i)};
  return {rng.uniform(kNear, kFar), rng.uniform(0, 2 * std::numbers::pi)};
}

torch::Tensor skill_starts(int count, std::uint64_t seed) {
  auto states = torch::zeros({count, 4});
  for (int i = 0; i < count; ++i) {
    const Polar start = random_start(seed, i);
    states[i][0] = start.x();
    states[i][1] = start.y();
  }
  return states;
}

double percent_of(const torch::Tensor& which) {
  return 100 * which.to(torch::kDouble).mean().item<double>();
}

}  // namespace

DecisionBatch toy_skill_demonstrations(int count, std::uint64_t seed) {
  auto actions = torch::zeros({count, kToyFrames, 2}), conditions = torch::zeros({count, 2});
  for (int i = 0; i < count; ++i) {
    Rng rng{random_key(seed, 62, i)};
    const bool clockwise = i % 2 == 0;
    conditions[i][clockwise ? 0 : 1] = 1;
    const Polar start = random_start(seed, i);
    const double sweep = (clockwise ? -1 : 1) * rng.uniform(2, 4) * std::numbers::pi / 3;
    const Polar half{kRound, start.angle + sweep / 2};
    const Polar end{rng.uniform(kNear, kFar), start.angle + sweep};
    const auto along = [&](int axis, const std::vector<double>& controls) {
      for (std::size_t t = 0; t < controls.size(); ++t) actions[i][t][axis] = controls[t];
    };
    const int middle = kToyFrames / 2;
    along(0,
          least_actions({{middle, half.x() - start.x()}, {kToyFrames - 1, end.x() - start.x()}}));
    along(1,
          least_actions({{middle, half.y() - start.y()}, {kToyFrames - 1, end.y() - start.y()}}));
  }
  return {toy_path(skill_starts(count, seed), actions), actions, conditions};
}

torch::Tensor swept_angles(const torch::Tensor& paths) {
  const auto angle = torch::atan2(paths.select(2, 1), paths.select(2, 0)).to(torch::kDouble);
  const auto turn = angle.diff();
  return torch::atan2(turn.sin(), turn.cos()).sum(1);
}

nlohmann::json evaluate_toy_skills(const DecisionDiffuser& model, double weight,
                                   const DecisionOptions& sampling, int episodes,
                                   std::uint64_t seed) {
  const auto starts = skill_starts(episodes, random_key(seed, 63));
  const auto swept = [&](std::vector<WeightedCondition> conditions) {
    DecisionOptions options = sampling;
    options.conditions = std::move(conditions);
    return swept_angles(run_toy(model, options, starts, 10, seed));
  };
  const auto free = swept({});
  return {{"clockwise", percent_of(swept({{kToyClockwise, weight}}) < -kLeastSweep)},
          {"anticlockwise", percent_of(swept({{kToyAnticlockwise, weight}}) > kLeastSweep)},
          {"not_clockwise", percent_of(swept({{kToyClockwise, -weight}}) > kLeastSweep)},
          {"unconditional_clockwise", percent_of(free < -kLeastSweep)}};
}

}  // namespace foresight
