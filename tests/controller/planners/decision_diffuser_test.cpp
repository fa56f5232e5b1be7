#include "controller/planners/decision_diffuser.h"

#include <gtest/gtest.h>

#include <cmath>

#include "controller/planners/maze_windows.h"
#include "controller/planners/toy_skills.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace foresight {
namespace {

DecisionDiffuserConfig tiny_toy_config() {
  DecisionDiffuserConfig config = toy_config();
  config.width = 8;
  config.hidden = 16;
  config.levels = 8;
  return config;
}

DecisionDiffuser tiny_toy() {
  DecisionDiffuser model = make_decision_diffuser(tiny_toy_config(), 1);
  const auto data = toy_demonstrations(20, 1);
  model.state = limits_of(data.states.flatten(0, 1));
  model.action = limits_of(data.actions.flatten(0, 1));
  model.nets->eval();
  return model;
}

TEST(ToyNavigation, StepsAsStated) {
  const auto next =
      toy_step(torch::tensor({{1.0F, 2.0F, 3.0F, -1.0F}}), torch::tensor({{0.5F, -1.0F}}));
  const auto expected = torch::tensor({{1.3F, 1.9F, 2.9F, -1.05F}});
  EXPECT_TRUE(torch::allclose(next, expected));
}

TEST(ToyNavigation, DemonstrationsObeyTheirConstraintAndEndAtRest) {
  const auto data = toy_demonstrations(40, 3);
  EXPECT_EQ(data.states.sizes(), (std::vector<std::int64_t>{40, 52, 4}));
  for (int i = 0; i < 40; ++i) {
    const auto last = data.states[i][51];
    const bool inside = data.conditions[i][0].item<float>() > 0.5;
    const auto constraint = inside ? ToyConstraint::kInside : ToyConstraint::kOutside;
    EXPECT_TRUE(toy_satisfied(constraint, last[0].item<double>(), last[1].item<double>()));
    EXPECT_NEAR(last[2].item<double>(), 0.0, 1e-3);
    EXPECT_NEAR(last[3].item<double>(), 0.0, 1e-3);
  }
}

TEST(ToyNavigation, LeastActionsKeepTheirWaypoints) {
  auto actions = torch::zeros({1, 52, 2});
  const std::vector<double> x = least_actions({{26, 0.4}, {51, -1.0}});
  ASSERT_EQ(x.size(), 51);
  for (int t = 0; t < 51; ++t) actions[0][t][0] = x[t];
  const auto path = toy_path(torch::tensor({{2.0F, 1.0F, 0.0F, 0.0F}}), actions);
  EXPECT_NEAR(path[0][26][0].item<double>(), 2.4, 1e-4);
  EXPECT_NEAR(path[0][51][0].item<double>(), 1.0, 1e-4);
  EXPECT_NEAR(path[0][51][2].item<double>(), 0.0, 1e-4) << "at rest";
  EXPECT_NEAR(path[0][51][1].item<double>(), 1.0, 1e-6);
}

TEST(ToySkills, SweptAngleIsAnticlockwiseAndMayExceedAHalfTurn) {
  const auto angle = torch::linspace(0, 4, 50);
  const auto path = torch::stack({angle.cos(), angle.sin(), angle, angle}, 1).unsqueeze(0);
  EXPECT_NEAR(swept_angles(path)[0].item<double>(), 4.0, 1e-4);
  EXPECT_NEAR(swept_angles(path.flip(1))[0].item<double>(), -4.0, 1e-4);
}

TEST(ToySkills, DemonstrationsGoRoundAsTheirConditionSaysAndEndAtRest) {
  const auto data = toy_skill_demonstrations(40, 3);
  const auto swept = swept_angles(data.states);
  const auto last = data.states.select(1, 51);
  for (int i = 0; i < 40; ++i) {
    const double sign = data.conditions[i][0].item<float>() > 0.5 ? -1 : 1;
    EXPECT_GT(sign * swept[i].item<double>(), 2.0) << "at least 120 degrees";
    EXPECT_NEAR(last[i].narrow(0, 2, 2).abs().max().item<double>(), 0.0, 1e-3);
  }
}

TEST(ToySkills, EvaluationCountsTheWaysTakenUnderEachCondition) {
  DecisionDiffuser model = tiny_toy();
  model.action = make_scaling(torch::full({2}, -8.0F), torch::full({2}, 8.0F));  // far and round
  DecisionOptions sampling;
  sampling.calls = 2;
  const auto rates = [&](double weight) {
    return evaluate_toy_skills(model, weight, sampling, 40, 1);
  };
  const auto share = [](const nlohmann::json& r, const char* name) {
    return r.at(name).get<double>();
  };
  const auto free = rates(0), asked = rates(3), avoided = rates(-3);
  EXPECT_EQ(share(free, "clockwise"), share(free, "unconditional_clockwise")) << "no weight";
  EXPECT_EQ(share(free, "anticlockwise"), share(free, "not_clockwise"));
  EXPECT_GT(share(free, "clockwise") + share(free, "anticlockwise"), 0);
  // The same episodes: those asked to go clockwise, and those of a negated negation.
  EXPECT_LE(share(asked, "clockwise") + share(avoided, "not_clockwise"), 100);
  EXPECT_NE(asked, free);
}

TEST(ToyNavigation, BothMeansTheRing) {
  EXPECT_TRUE(toy_satisfied(ToyConstraint::kBoth, 0.0, 0.8));
  EXPECT_FALSE(toy_satisfied(ToyConstraint::kBoth, 0.0, 0.6));
  EXPECT_FALSE(toy_satisfied(ToyConstraint::kBoth, 0.8, 0.8));
}

TEST(DecisionDiffuser, PlansKeepTheHistoryExact) {
  const DecisionDiffuser model = tiny_toy();
  const auto data = toy_demonstrations(3, 5);
  DecisionOptions options;
  options.calls = 3;
  options.conditions = {{{1, 0}, 1.2}};
  for (const int known : {1, 7}) {
    const auto history = data.states.narrow(1, 0, known);
    const auto plan = plan_states(model, history, options);
    EXPECT_EQ(plan.sizes(), data.states.sizes());
    EXPECT_TRUE(torch::allclose(plan.narrow(1, 0, known), history, 1e-4, 1e-5));
  }
}

TEST(DecisionDiffuser, ConditionsAndTheirSignsChangeThePlan) {
  DecisionDiffuser model = tiny_toy();
  const auto history = toy_demonstrations(2, 5).states.narrow(1, 0, 1);
  const auto plan = [&](std::vector<WeightedCondition> conditions) {
    DecisionOptions options;
    options.calls = 3;
    options.conditions = std::move(conditions);
    return plan_states(model, history, options);
  };
  const auto free = plan({});
  EXPECT_FALSE(torch::allclose(free, plan({{{1, 0}, 1.2}})));
  EXPECT_FALSE(torch::allclose(plan({{{1, 0}, 1.2}}), plan({{{1, 0}, -1.2}})));
  EXPECT_TRUE(torch::allclose(free, plan({{{1, 0}, 0.0}})));
  EXPECT_FALSE(torch::allclose(plan({{{1, 0}, 1.0}}), plan({{{1, 0}, 1.0}, {{0, 1}, 1.0}})));
}

TEST(DecisionDiffuser, TrainsOnStatesAndActionsAndReloads) {
  const fs::path folder = fs::temp_directory_path() / "foresight_decision_diffuser";
  fs::remove_all(folder);
  PlannerTrainingOptions options;
  options.out = folder;
  options.steps = 80;
  options.batch = 16;
  options.quiet = true;
  DecisionDiffuser model = make_decision_diffuser(tiny_toy_config(), 1);
  const auto data = toy_demonstrations(50, 1);
  train_toy(model, data, options);
  const DecisionDiffuser back = load_decision_diffuser(folder / "toy.safetensors");
  EXPECT_EQ(to_json(back.config), to_json(model.config));
  const auto s = data.states.select(1, 3), n = data.states.select(1, 4);
  EXPECT_TRUE(torch::allclose(inverse_action(back, s, n), inverse_action(model, s, n), 0.05, 0.02));
  const auto starts = data.states.narrow(0, 0, 3).select(1, 0);
  const auto paths = run_toy(back, {2, 0.5, {}, 1}, starts, 20, 1);
  EXPECT_EQ(paths.sizes(), (std::vector<std::int64_t>{3, 52, 4}));
  EXPECT_TRUE(torch::equal(paths.select(1, 0), starts));
  fs::remove_all(folder);
}

TEST(DecisionDiffuser, RefusesBadConfigs) {
  auto json = to_json(tiny_toy_config());
  json["history"] = 52;
  EXPECT_THROW(decision_diffuser_config_from_json(json), InputError);
}

}  // namespace
}  // namespace foresight
