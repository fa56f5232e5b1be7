#include "controller/planners/toy_navigation.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <array>
#include <cmath>
#include <numbers>

#include "controller/planners/maze_windows.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr int kActions = kToyFrames - 1;
constexpr double kStep = 0.1, kKeep = 0.95, kStartRadius = 2.0, kFarthest = 2.0;

/// How the action of step t changes position and velocity at step `at`, per axis.
std::array<double, 2> response(int t, int at) {
  if (t >= at) return {0, 0};
  double p = 0, v = kStep;
  for (int i = t + 1; i < at; ++i) {
    p += kStep * v;
    v *= kKeep;
  }
  return {p, v};
}

MazePoint point_in_ring(Rng& rng, double inner, double outer) {
  const double radius = std::sqrt(rng.uniform(inner * inner, outer * outer));
  const double angle = rng.uniform(0.0, 2.0 * std::numbers::pi);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

torch::Tensor random_starts(int count, std::uint64_t seed) {
  auto states = torch::zeros({count, 4});
  for (int i = 0; i < count; ++i) {
    Rng rng{random_key(seed, 51, i)};
    const MazePoint p = point_in_ring(rng, 0, kStartRadius);
    states[i][0] = p[0];
    states[i][1] = p[1];
  }
  return states;
}

std::vector<float> one_hot(ToyConstraint constraint) {
  return constraint == ToyConstraint::kInside ? std::vector<float>{1, 0} : std::vector<float>{0, 1};
}

double percent(const torch::Tensor& last, const std::function<bool(double, double)>& good) {
  const auto table = last.accessor<float, 2>();
  int count = 0;
  for (std::int64_t i = 0; i < last.size(0); ++i) count += good(table[i][0], table[i][1]) ? 1 : 0;
  return 100.0 * count / static_cast<double>(last.size(0));
}

}  // namespace

std::vector<double> least_actions(const std::vector<ToyWaypoint>& waypoints) {
  const auto count = static_cast<Eigen::Index>(waypoints.size());
  Eigen::MatrixXd effect(count + 1, kActions);
  Eigen::VectorXd wanted = Eigen::VectorXd::Zero(count + 1);
  for (int t = 0; t < kActions; ++t) {
    for (Eigen::Index w = 0; w < count; ++w) effect(w, t) = response(t, waypoints[w].step)[0];
    effect(count, t) = response(t, kActions)[1];
  }
  for (Eigen::Index w = 0; w < count; ++w) wanted[w] = waypoints[w].distance;
  const Eigen::MatrixXd square = effect * effect.transpose();
  const Eigen::VectorXd actions = effect.transpose() * square.ldlt().solve(wanted);
  return {actions.begin(), actions.end()};
}

torch::Tensor toy_step(const torch::Tensor& state, const torch::Tensor& action) {
  const auto p = state.narrow(1, 0, 2), v = state.narrow(1, 2, 2);
  return torch::cat({p + kStep * v, kKeep * v + kStep * action}, 1);
}

torch::Tensor toy_path(const torch::Tensor& starts, const torch::Tensor& actions) {
  std::vector<torch::Tensor> states = {starts};
  for (int t = 0; t < kActions; ++t) {
    states.push_back(toy_step(states.back(), actions.select(1, t)));
  }
  return torch::stack(states, 1);
}

bool toy_satisfied(ToyConstraint constraint, double x, double y) {
  const double radius = std::hypot(x, y);
  const bool inside = radius <= kToyOuter, outside = radius >= kToyInner;
  if (constraint == ToyConstraint::kBoth) return inside && outside;
  return constraint == ToyConstraint::kInside ? inside : outside;
}

DecisionBatch toy_demonstrations(int count, std::uint64_t seed) {
  const std::vector<double> unit = least_actions({{kActions, 1.0}});
  const auto starts = random_starts(count, seed);
  auto actions = torch::zeros({count, kToyFrames, 2}), conditions = torch::zeros({count, 2});
  for (int i = 0; i < count; ++i) {
    Rng rng{random_key(seed, 52, i)};
    const bool inside = i % 2 == 0;
    const MazePoint end =
        inside ? point_in_ring(rng, 0, kToyOuter) : point_in_ring(rng, kToyInner, kFarthest);
    conditions[i][inside ? 0 : 1] = 1;
    for (int axis = 0; axis < 2; ++axis) {
      const double distance = end[axis] - starts[i][axis].item<double>();
      for (int t = 0; t < kActions; ++t) actions[i][t][axis] = distance * unit[t];
    }
  }
  return {toy_path(starts, actions), actions, conditions};
}

DecisionDiffuserConfig toy_config() {
  DecisionDiffuserConfig config;
  config.frames = kToyFrames;
  config.history = kToyFrames - 1;
  config.condition = 2;
  return config;
}

PlannerTrainingResult train_toy(DecisionDiffuser& model, const DecisionBatch& demonstrations,
                                const PlannerTrainingOptions& options) {
  model.state = limits_of(demonstrations.states.flatten(0, 1));
  model.action = limits_of(demonstrations.actions.flatten(0, 1));
  const int count = static_cast<int>(demonstrations.states.size(0));
  const DecisionSource source = [&](std::int64_t step) {
    Rng rng{random_key(options.seed, step, 53)};
    std::vector<std::int64_t> chosen(options.batch);
    for (auto& i : chosen) i = rng.index(count);
    const auto index = torch::tensor(chosen);
    return DecisionBatch{demonstrations.states.index_select(0, index),
                         demonstrations.actions.index_select(0, index),
                         demonstrations.conditions.index_select(0, index)};
  };
  const nlohmann::json data = {{{"source", "generated: toy navigation"},
                                {"trajectories", count},
                                {"licence", "none needed: made by this program"}}};
  return train_decision_diffuser(model, "toy", source, data, options);
}

torch::Tensor run_toy(const DecisionDiffuser& model, const DecisionOptions& options,
                      const torch::Tensor& starts, int replan, std::uint64_t seed) {
  FS_CHECK(replan >= 1);
  std::vector<torch::Tensor> past = {starts};
  torch::Tensor plan;
  for (int t = 0; t < kActions; ++t) {
    if (t % replan == 0) {
      DecisionOptions now = options;
      now.seed = random_key(options.seed, seed, t);
      plan = plan_states(model, torch::stack(past, 1), now);
    }
    const auto action = inverse_action(model, past.back(), plan.select(1, t + 1));
    past.push_back(toy_step(past.back(), action));
  }
  return torch::stack(past, 1);
}

nlohmann::json evaluate_toy(const DecisionDiffuser& model, double weight,
                            const DecisionOptions& sampling, int episodes, std::uint64_t seed) {
  const auto inside = one_hot(ToyConstraint::kInside), outside = one_hot(ToyConstraint::kOutside);
  const auto starts = random_starts(episodes, random_key(seed, 54));
  const auto last = [&](std::vector<WeightedCondition> conditions) {
    DecisionOptions options = sampling;
    options.conditions = std::move(conditions);
    return run_toy(model, options, starts, 10, seed).select(1, kActions).contiguous();
  };
  const auto rate = [](ToyConstraint c, const torch::Tensor& states) {
    return percent(states, [c](double x, double y) { return toy_satisfied(c, x, y); });
  };
  const auto beyond = [](double x, double y) {
    return !toy_satisfied(ToyConstraint::kInside, x, y);
  };
  const auto free = last({});
  return {{"inside", rate(ToyConstraint::kInside, last({{inside, weight}}))},
          {"outside", rate(ToyConstraint::kOutside, last({{outside, weight}}))},
          {"both", rate(ToyConstraint::kBoth, last({{inside, weight}, {outside, weight}}))},
          {"not_inside", percent(last({{inside, -weight}}), beyond)},
          {"unconditional_inside", rate(ToyConstraint::kInside, free)},
          {"unconditional_outside", rate(ToyConstraint::kOutside, free)},
          {"unconditional_both", rate(ToyConstraint::kBoth, free)}};
}

}  // namespace foresight
