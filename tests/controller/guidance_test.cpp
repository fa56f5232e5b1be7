#include "controller/guidance.h"

#include <gtest/gtest.h>

#include <numbers>

#include "controller/costs/easing.h"
#include "controller/costs/terms.h"
#include "controller/lookahead_model.h"
#include "controller/state_token.h"
#include "models/torch.h"
#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

using testing::max_abs;

constexpr int kNowFrame = 3;

class GuidanceOf : public ::testing::Test {
 protected:
  GuidanceOf() { context.now = kNowFrame; }

  /// Context of a task with its defaults, changed by hand where a test needs it.
  void ask(const Task& task, const std::vector<std::string>& settings) {
    const TaskValues values = task_values(task, settings);
    context.worlds.clear();
    for (const GroundPose& frame : frames) {
      context.worlds.push_back(make_cost_world(layout, around, frame, values, 1.0 / 30, 4));
    }
  }

  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
  torch::Tensor states =
      window_features(layout, testing::random_raw(*character, 2, 8, 4), kNowFrame);
  std::vector<GroundPose> frames{{{1, 2}, std::atan2(0.6, 0.8)},
                                 {{-3, 0.5}, std::atan2(0.8, -0.6)}};
  Surroundings around;
  GuidanceContext context;
};

// A tensor expression and the plain term for the same cost give the same step.
TEST_F(GuidanceOf, TensorExpressionEqualsThePlainTerm) {
  Task plain = find_task("joystick"), tensor = plain;
  plain.costs = {velocity_cost(0.5, {0, 1, 2})};
  tensor.costs = {{"velocity", 0.5}};
  tensor.costs[0].tensor = std::make_shared<const TensorCost>(
      TensorCost{[](const PhysicalStates& s, const CostContext& c) {
        const auto angle = c.values.narrow(1, 1, 1);
        const auto wanted =
            c.values.narrow(1, 0, 1) * torch::cat({torch::cos(angle), torch::sin(angle)}, 1);
        const auto here = turn_back(c.heading, wanted).unsqueeze(1);
        const auto all = s.root_velocity().narrow(-1, 0, 2);
        const auto ease = torch::exp(torch::arange(1, 5).view({1, 4, 1}) * (-c.dt / kEaseSeconds));
        const auto target = here + ease * (all.narrow(1, c.now, 1).detach() - here);
        const auto error = all.narrow(1, c.now + 1, 4) - target;
        return 0.5 * 4 * error.mean(1).square().sum(1);  // all frames within half a second
      }});
  ask(plain, {"speed=2", "direction=0.5"});
  const auto levels = torch::full({2, 8}, 8, torch::kLong);
  const auto known = torch::zeros({2, 8}, torch::kBool);
  const NoiseSchedule schedule(20);
  const auto a = guidance_step(plain, layout, schedule, states, levels, known, context);
  const auto b = guidance_step(tensor, layout, schedule, states, levels, known, context);
  EXPECT_GT(max_abs(a), 0.01);
  EXPECT_LT(max_abs(a - b), 1e-5);
}

TEST_F(GuidanceOf, PlansAreRankedByTheSumOfTheirTermsInTheirOwnWorlds) {
  Task task = find_task("joystick");
  task.costs = {velocity_cost(0.5, {0, 1, 2})};
  ask(task, {"speed=2", "direction=0.5"});
  const LookaheadModel model =
      random_lookahead(*character, lookahead_config("tiny", *character), 1);
  const auto ranking = make_ranking(task, layout, model.normaliser,
                                    std::make_shared<const GuidanceContext>(context));
  const auto rows = torch::tensor({1, 0, 1}, torch::kLong);
  const auto unit = model.normaliser.normalise_states(states).index_select(0, rows);
  const auto costs = ranking(unit, rows);
  for (int i = 0; i < 3; ++i) {
    const auto row = rows[i].item<std::int64_t>();
    const auto plain = states[row].to(torch::kDouble).contiguous();
    const PredictedMotion motion(layout, plain.data_ptr<double>(), 8, kNowFrame);
    MotionGradient unused(motion);
    const double cost = plain_cost(task, motion, context.worlds[row], unused);
    EXPECT_GT(cost, 0.1);
    EXPECT_NEAR(costs[i].item<double>(), cost, 1e-4 * cost);
  }
  EXPECT_FALSE(make_ranking(find_task("free"), layout, model.normaliser, nullptr));
}

TEST_F(GuidanceOf, VelocityStepIsWeightTimesMeanErrorInTheHeadingFrame) {
  Task task = find_task("joystick");
  task.costs = {velocity_cost(0.5, {0, 1, 2})};
  task.guidance = {1.0, 100.0, 18};
  ask(task, {"speed=2", "direction=0.5"});
  const auto levels = torch::full({2, 8}, 14, torch::kLong);  // gain 2.43, cut to 1
  auto known = torch::zeros({2, 8}, torch::kBool);
  known.narrow(1, 0, 4).fill_(true);
  const auto step = guidance_step(task, layout, NoiseSchedule(20), states, levels, known, context);
  for (int b = 0; b < 2; ++b) {
    const Eigen::Vector2d asked = frames[b].vector_in({2 * std::cos(0.5), 2 * std::sin(0.5)});
    for (int axis = 0; axis < 2; ++axis) {
      const int number = layout.root_velocity() + axis;
      const double now = states[b][kNowFrame][number].item<double>();
      double mean = 0;  // the four frames lie within half a second
      for (int t = 4; t < 8; ++t) {
        const double left = std::exp(-(t - kNowFrame) / 30.0 / 0.4);
        const double wanted = asked[axis] + left * (now - asked[axis]);
        mean += (wanted - states[b][t][number].item<double>()) / 4;
      }
      for (int t = 4; t < 8; ++t) {
        EXPECT_NEAR(step[b][t][number].item<double>(), 0.5 * mean, 1e-5);
      }
    }
  }
  EXPECT_EQ(max_abs(step.narrow(1, 0, 4)), 0) << "history must not move";
}

// A partial keyframe is written into the prediction at any level; the token keeps its level.
TEST_F(GuidanceOf, PinnedNumbersGoWhereTheyShouldBeAtOnce) {
  World world(character, Scene{});
  Keyframe key;
  key.frames_ahead = 2;
  world.body_state(key.state);
  key.parts = {{"root_position", layout.root_position(), 3}};
  around.keyframes = {key};
  const Task& task = find_task("free");
  ask(task, {});
  const auto levels = torch::full({2, 8}, 19, torch::kLong);
  const auto known = torch::zeros({2, 8}, torch::kBool);
  const auto step = guidance_step(task, layout, NoiseSchedule(20), states, levels, known, context);
  const auto after = states + step;
  for (int b = 0; b < 2; ++b) {
    const Eigen::VectorXd token = state_token(layout, key.state, frames[b]);
    for (int i = 0; i < 3; ++i) {
      const int number = layout.root_position() + i;
      EXPECT_NEAR(after[b][kNowFrame + 2][number].item<double>(), token[number], 1e-5);
    }
  }
  EXPECT_EQ(max_abs(step.narrow(2, 0, layout.root_position())), 0) << "the rest is left alone";
}

TEST_F(GuidanceOf, StageWeightsSwitchTermsOff) {
  Task task;
  task.parameters = {{"speed", "m/s", 0, 4, 2, ""}, {"zero", "", 0, 0, 0, ""}};
  task.costs = {velocity_cost(0.5, {0, 1, 1})};
  task.costs[0].weight_parameter = 1;
  ask(task, {});
  const auto levels = torch::full({2, 8}, 8, torch::kLong);
  const auto known = torch::zeros({2, 8}, torch::kBool);
  EXPECT_EQ(max_abs(guidance_step(task, layout, NoiseSchedule(20), states, levels, known, context)),
            0);
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

// The step is taken on unprojected states, so emphasis must not shrink it.
TEST_F(GuidanceOf, UnitStepMovesTheRootByTheRequestedMetresForAnyEmphasis) {
  Task task;
  task.name = "pull";
  task.guidance = {1.0, 100.0, 20};
  task.costs = {
      {"pull", 1.0, [](const PredictedMotion& motion, const CostWorld&, MotionGradient& gradient) {
         for (int f = 0; f < motion.frames(); ++f) gradient.root_position(f, {-1, 0, 0});
         return 0.0;
       }}};
  ask(task, {});
  for (const double emphasis : {1.0, 4.0, 6.0}) {
    NormaliserConfig config;
    config.emphasised = layout.emphasised();
    config.emphasis = emphasis;
    const Normaliser normaliser =
        fit_normaliser(states.flatten(0, 1), torch::randn({20, character->nu}), config);
    const NoiseSchedule schedule(20);
    const Guidance guide = make_guidance(task, layout, normaliser, schedule,
                                         std::make_shared<const GuidanceContext>(context));
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
