#include "controller/guidance.h"

#include <gtest/gtest.h>

#include <numbers>

#include "controller/lookahead_model.h"
#include "models/torch.h"
#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

using testing::max_abs;

constexpr int kNow = 3;

class GuidanceOf : public ::testing::Test {
 protected:
  GuidanceOf() {
    context.now = kNow;
    context.origin = torch::tensor({{1.0f, 2.0f}, {-3.0f, 0.5f}});
    context.heading = torch::tensor({{0.8f, 0.6f}, {-0.6f, 0.8f}});
  }

  /// Context values of a task with its defaults, changed by hand where a test needs it.
  void ask(const Task& task, const std::vector<std::string>& settings) {
    const TaskValues values = task_values(task, settings);
    const auto row = torch::tensor(values, torch::kFloat);
    context.values = torch::stack({row, row});
  }

  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
  torch::Tensor states = window_features(layout, testing::random_raw(*character, 2, 8, 4), kNow);
  CostContext context;
};

TEST_F(GuidanceOf, EveryTaskHasTheGradientOfItsCost) {
  for (const Task& task : all_tasks()) {
    if (task.costs.empty()) continue;
    ask(task, {});
    const auto cost = [&](const torch::Tensor& x) {
      return total_cost(task, PhysicalStates{layout, x}, context).sum();
    };
    context.origin = context.origin.to(torch::kDouble);
    context.heading = context.heading.to(torch::kDouble);
    context.values = context.values.to(torch::kDouble);
    auto leaf = states.to(torch::kDouble).requires_grad_(true);
    cost(leaf).backward();
    const auto gradient = leaf.grad();
    torch::NoGradGuard no_grad;
    constexpr double h = 1e-5;
    Rng rng{1};
    for (int i = 0; i < 60; ++i) {
      const int b = rng.index(2), t = rng.index(8), d = rng.index(layout.dim());
      auto up = leaf.detach().clone(), down = up.clone();
      up[b][t][d] += h;
      down[b][t][d] -= h;
      const double slope = (cost(up) - cost(down)).item<double>() / (2 * h);
      EXPECT_NEAR(gradient[b][t][d].item<double>(), slope, 1e-4 * (1 + std::abs(slope)))
          << task.name << " dim " << d;
    }
  }
}

TEST_F(GuidanceOf, VelocityStepIsWeightTimesErrorInTheHeadingFrame) {
  Task task = find_task("joystick");
  task.costs = {velocity_cost(0.5, {0, 1, 2})};
  task.guidance = {1.0, 100.0, 18};
  ask(task, {"speed=2", "direction=0.5"});
  const auto levels = torch::full({2, 8}, 14, torch::kLong);  // gain 2.43, cut to 1
  auto known = torch::zeros({2, 8}, torch::kBool);
  known.narrow(1, 0, 4).fill_(true);
  const auto step = guidance_step(task, layout, NoiseSchedule(20), states, levels, known, context);
  const auto wanted = torch::tensor({2 * std::cos(0.5), 2 * std::sin(0.5)}, torch::kFloat);
  const auto here = turn_back(context.heading, wanted.expand({2, 2})).unsqueeze(1);
  const auto velocity = PhysicalStates{layout, states}.root_velocity().narrow(-1, 0, 2);
  const auto expected = 0.5 * (here - velocity);
  const auto moved = step.narrow(-1, layout.root_velocity(), 2);
  EXPECT_LT(max_abs((moved - expected).narrow(1, 4, 4)), 1e-5);
  EXPECT_EQ(max_abs(step.narrow(1, 0, 4)), 0) << "history must not move";
}

TEST_F(GuidanceOf, TrustRegionCapsEachTokenAndHighLevelsRest) {
  Task task = find_task("joystick");
  task.guidance = {1.0, 0.05, 18};
  ask(task, {"speed=4"});
  auto levels = torch::full({2, 8}, 10, torch::kLong);
  levels.select(1, 7).fill_(18);
  const auto known = torch::zeros({2, 8}, torch::kBool);
  const auto step = guidance_step(task, layout, NoiseSchedule(20), states, levels, known, context);
  EXPECT_LE(max_abs(step.norm(2, {-1})), 0.05 + 1e-6);
  EXPECT_GT(max_abs(step.select(1, 6)), 0.01);
  EXPECT_EQ(max_abs(step.select(1, 7)), 0);
}

TEST_F(GuidanceOf, GainShrinksWithTheLevel) {
  Task task = find_task("joystick");
  task.costs = {velocity_cost(1.0, {0, 1, 2})};
  task.guidance = {1.0, 100.0, 18};
  ask(task, {"speed=1"});
  const auto known = torch::zeros({2, 8}, torch::kBool);
  const NoiseSchedule schedule(20);
  const auto at = [&](int level) {
    return guidance_step(task, layout, schedule, states, torch::full({2, 8}, level, torch::kLong),
                         known, context);
  };
  EXPECT_LT(max_abs(at(4) - at(14) * 0.4254), 1e-2);  // sqrt(1/abar - 1) at level 4 is 0.43
  EXPECT_LT(max_abs(at(0) - at(14) * 0.0897), 1e-2);
}

// design.md 5: the step is taken on unprojected states, so emphasis must not shrink it.
TEST_F(GuidanceOf, UnitStepMovesTheRootByTheRequestedMetresForAnyEmphasis) {
  Task task;
  task.name = "pull";
  task.guidance = {1.0, 100.0, 20};
  task.costs = {{"pull", 1.0, [](const PhysicalStates& s, const CostContext& c) {
                   const auto x = s.root_position().select(-1, 0);
                   return -x.narrow(1, c.now + 1, x.size(1) - c.now - 1).sum(1);
                 }}};
  context.values = torch::zeros({2, 0});
  for (const double emphasis : {1.0, 4.0, 6.0}) {
    NormaliserConfig config;
    config.emphasised = layout.emphasised();
    config.emphasis = emphasis;
    const Normaliser normaliser =
        fit_normaliser(states.flatten(0, 1), torch::randn({20, character->nu}), config);
    const NoiseSchedule schedule(20);
    const Guidance guide = make_guidance(task, layout, normaliser, schedule, context);
    GuidanceCall call;
    call.states = normaliser.normalise_states(states);
    call.levels = torch::full({2, 8}, 14, torch::kLong);
    call.known = torch::zeros({2, 8}, torch::kBool);
    call.worlds = torch::arange(2);
    const auto projected = normaliser.project(guide(call));
    const auto after = normaliser.unnormalise_states(normaliser.unproject(projected));
    const auto moved = PhysicalStates{layout, after - states}.root_position().narrow(1, 4, 4);
    EXPECT_LT(max_abs(moved.select(-1, 0) - 1.0), 1e-3) << "emphasis " << emphasis;
    EXPECT_LT(max_abs(moved.narrow(-1, 1, 2)), 1e-3);
  }
}

TEST(TaskRegistry, FindsTasksAndRefusesWrongSettingsByName) {
  EXPECT_GE(all_tasks().size(), 2u);
  EXPECT_TRUE(find_task("free").costs.empty());
  EXPECT_THROW(find_task("fly"), InputError);
  const Task& joystick = find_task("joystick");
  EXPECT_DOUBLE_EQ(task_values(joystick, {"speed=2.5"})[joystick.parameter("speed")], 2.5);
  EXPECT_THROW(task_values(joystick, {"speed=fast"}), InputError);
  EXPECT_THROW(task_values(joystick, {"speed=99"}), InputError);
  EXPECT_THROW(task_values(joystick, {"height=1"}), InputError);
  EXPECT_THROW(task_values(joystick, {"speed"}), InputError);
}

TEST(TaskRegistry, EveryTaskSaysWhatItIsWithUnitsAndDefaultsInRange) {
  for (const Task& task : all_tasks()) {
    EXPECT_FALSE(task.summary.empty()) << task.name;
    for (const TaskParameter& p : task.parameters) {
      EXPECT_FALSE(p.help.empty()) << task.name << "." << p.name;
      EXPECT_LE(p.low, p.value) << task.name << "." << p.name;
      EXPECT_LE(p.value, p.high) << task.name << "." << p.name;
    }
  }
}

}  // namespace
}  // namespace foresight
