#include "controller/lookahead_controller.h"

#include <gtest/gtest.h>

#include <limits>

#include "controller/control_settings.h"
#include "controller/state_token.h"
#include "controller/task_file.h"
#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

class Controller : public ::testing::Test {
 protected:
  Controller() {
    model = std::make_shared<const LookaheadModel>(
        random_lookahead(*character, lookahead_config("tiny", *character), 3, 2.0, 0.3));
    World world(character, Scene{});
    world.body_state(standing);
  }

  LookaheadController make(int worlds, const LookaheadOptions& options = {}) const {
    LookaheadController controller(character, model, options, worlds);
    controller.set_task(find_task("joystick"));
    for (int i = 0; i < worlds; ++i) controller.reset(i, 100 + i, standing);
    return controller;
  }

  /// Drives `worlds` in closed loop for `steps` and returns all actions.
  std::vector<double> drive(LookaheadController& controller, std::vector<World>& worlds,
                            int steps) const {
    std::vector<double> all;
    std::vector<BodyState> states(worlds.size());
    for (int s = 0; s < steps; ++s) {
      for (std::size_t i = 0; i < worlds.size(); ++i) worlds[i].body_state(states[i]);
      controller.act(states);
      for (std::size_t i = 0; i < worlds.size(); ++i) {
        const auto action = controller.action(static_cast<int>(i));
        all.insert(all.end(), action.begin(), action.end());
        worlds[i].set_action(action);
        worlds[i].step();
      }
    }
    return all;
  }

  std::vector<World> make_worlds(int count) const {
    std::vector<World> worlds;
    for (int i = 0; i < count; ++i) worlds.emplace_back(character, Scene{});
    return worlds;
  }

  std::shared_ptr<const Character> character = default_character();
  std::shared_ptr<const LookaheadModel> model;
  BodyState standing;
};

TEST_F(Controller, ActionsAreFiniteAndWithinTheirRange) {
  LookaheadController controller = make(2);
  auto worlds = make_worlds(2);
  drive(controller, worlds, 5);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(controller.status(i), ControlStatus::kOk);
    for (int j = 0; j < character->nu; ++j) {
      EXPECT_GE(controller.action(i)[j], character->ctrl_low[j]);
      EXPECT_LE(controller.action(i)[j], character->ctrl_high[j]);
    }
  }
  EXPECT_EQ(controller.plan().states.sizes(), (std::vector<std::int64_t>{2, 36, 102}));
}

TEST_F(Controller, SameSeedsGiveTheSameActionsAndOthersDoNot) {
  LookaheadController a = make(1), b = make(1), c = make(1);
  c.reset(0, 7, standing);
  auto wa = make_worlds(1), wb = make_worlds(1), wc = make_worlds(1);
  const auto first = drive(a, wa, 4);
  EXPECT_EQ(first, drive(b, wb, 4));
  EXPECT_NE(first, drive(c, wc, 4));
}

TEST_F(Controller, RestoredControllerGoesOnExactlyAsBefore) {
  LookaheadController controller = make(2);
  controller.set_values(1, task_values(find_task("joystick"), {"speed=2"}));
  auto worlds = make_worlds(2);
  drive(controller, worlds, 4);
  const ControllerState saved = controller.save();
  std::vector<std::vector<double>> physics;
  for (const World& w : worlds) physics.push_back(w.save());
  const auto expected = drive(controller, worlds, 4);
  for (std::size_t i = 0; i < worlds.size(); ++i) worlds[i].restore(physics[i]);
  controller.restore(saved);
  EXPECT_EQ(drive(controller, worlds, 4), expected);
  LookaheadController other = make(2);
  other.restore(saved);
  for (std::size_t i = 0; i < worlds.size(); ++i) worlds[i].restore(physics[i]);
  EXPECT_EQ(drive(other, worlds, 4), expected);
}

// A task that is in no registry, and one that bears a registered one's name.
TEST_F(Controller, TheTaskIsPartOfTheSavedState) {
  for (const char* name : {"to a place", "joystick"}) {
    SCOPED_TRACE(name);
    nlohmann::json text = nlohmann::json::parse(
        R"({"stages": [{"terms": [{"term": "approach", "goal_x": 3, "goal_y": 2, "weight": 2}]}]})");
    text["name"] = name;
    const TaskFile file = task_from_json(text, "test");
    LookaheadController controller = make(1);
    controller.set_task(*file.task);
    TaskValues values = file.values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (file.task->parameters[i].internal) values[i] = 1;  // the stage is on
    }
    controller.set_values(0, values);
    auto worlds = make_worlds(1);
    drive(controller, worlds, 2);
    const ControllerState saved = controller.save();
    const std::vector<double> physics = worlds[0].save();
    const auto expected = drive(controller, worlds, 3);
    LookaheadController other = make(1), unguided = make(1);
    other.restore(saved);
    worlds[0].restore(physics);
    EXPECT_EQ(drive(other, worlds, 3), expected);
    EXPECT_EQ(other.task().costs.size(), 1u);
    unguided.restore(saved);
    unguided.set_task(find_task("free"));
    worlds[0].restore(physics);
    EXPECT_NE(drive(unguided, worlds, 3), expected) << "the task matters";
  }
}

TEST_F(Controller, PromptIsPerWorldAndPartOfTheSavedState) {
  EXPECT_THROW(make(1).set_prompt(0, {torch::zeros({8, 102}), {}, 0}), InputError);
  DenoiserConfig config = lookahead_config("tiny", *character);
  config.prompt_frames = 8;
  model = std::make_shared<const LookaheadModel>(random_lookahead(*character, config, 3, 2.0, 0.3));
  LookaheadController none = make(2), second = make(2);
  const WorldPrompt prompt{torch::ones({8, 102}), {}, 0};
  second.set_prompt(1, prompt);
  second.reset(1, 101, standing);
  auto a = make_worlds(2), b = make_worlds(2);
  const auto plain = drive(none, a, 1), prompted = drive(second, b, 1);
  double moved = 0;
  for (int j = 0; j < character->nu; ++j) {
    EXPECT_NEAR(plain[j], prompted[j], 1e-4);
    moved = std::max(moved, std::abs(plain[character->nu + j] - prompted[character->nu + j]));
  }
  EXPECT_GT(moved, 1e-4);
  LookaheadController other = make(2);
  other.restore(second.save());
  EXPECT_TRUE(torch::equal(other.prompt(1).states, prompt.states));
  auto c = make_worlds(2);
  for (int i = 0; i < 2; ++i) c[i].restore(b[i].save());
  EXPECT_EQ(drive(second, b, 2), drive(other, c, 2));
}

TEST_F(Controller, PromptOfTheOptionsIsThatOfAllWorlds) {
  LookaheadOptions options;
  options.prompt.assign(8 * 102, 0.5f);
  EXPECT_THROW(make(1, options), InputError) << "these weights take none";
  DenoiserConfig config = lookahead_config("tiny", *character);
  config.prompt_frames = 8;
  model = std::make_shared<const LookaheadModel>(random_lookahead(*character, config, 3));
  LookaheadController controller = make(2, options);
  EXPECT_TRUE(torch::equal(controller.prompt(1).states, torch::full({8, 102}, 0.5)));
  options.prompt_strength = 5;
  LookaheadController guided = make(2, options);
  EXPECT_FALSE(guided.prompt(1).states.defined()) << "mixed with no prompt";
  EXPECT_TRUE(torch::equal(guided.prompt(1).other, torch::full({8, 102}, 0.5)));
  EXPECT_EQ(guided.prompt(1).share, 5);
  const ControlSettings settings = control_settings(*model, options, false, true);
  const ControlSettings read = control_settings_from_json(to_json(settings), "it");
  EXPECT_EQ(read.options.prompt, options.prompt);
  EXPECT_EQ(read.options.prompt_strength, 5);
}

TEST_F(Controller, WorldDoesNotDependOnItsNeighbours) {
  LookaheadController together = make(3), alone = make(1);
  alone.reset(0, 101, standing);
  auto three = make_worlds(3), one = make_worlds(1);
  const auto all = drive(together, three, 1), single = drive(alone, one, 1);
  for (int j = 0; j < character->nu; ++j) {
    EXPECT_NEAR(all[character->nu + j], single[j], 1e-4);
  }
}

TEST_F(Controller, StateThatIsNotFiniteIsReportedAndLeavesTheOthersAlone) {
  LookaheadController controller = make(2), clean = make(2);
  std::vector<BodyState> states(2, standing), good(2, standing);
  states[0].key_position(1, 2) = std::numeric_limits<double>::quiet_NaN();
  controller.act(states);
  clean.act(good);
  EXPECT_EQ(controller.status(0), ControlStatus::kBadState);
  EXPECT_EQ(controller.status(1), ControlStatus::kOk);
  for (int j = 0; j < character->nu; ++j) {
    EXPECT_TRUE(std::isfinite(controller.action(0)[j]));
    EXPECT_EQ(controller.action(1)[j], clean.action(1)[j]);
  }
}

TEST_F(Controller, GuidanceMovesThePlannedRootVelocityTowardsTheCommand) {
  LookaheadOptions strong;
  strong.guidance_scale = 3;
  LookaheadController guided = make(1, strong), free = make(1);
  free.set_task(find_task("free"));
  guided.set_values(0, task_values(find_task("joystick"), {"speed=1.5"}));
  std::vector<BodyState> states{standing};
  guided.act(states);
  free.act(states);
  const auto mean_velocity = [&](const LookaheadController& c) {
    const PhysicalStates x{model->layout, c.plan().states};
    return x.root_velocity().narrow(1, 4, 32).select(-1, 0).mean().item<double>();
  };
  EXPECT_GT(mean_velocity(guided), mean_velocity(free) + 0.05);
}

TEST_F(Controller, ExtrapolationGoesBackAlongTheVelocities) {
  BodyState state = standing;
  state.root_velocity = {1.0, -0.5, 0};
  state.root_angular_velocity = {0, 0, 2.0};
  state.key_velocity.setConstant(0.3);
  const BodyState past = extrapolate_back(state, 0.1);
  EXPECT_NEAR((past.root_position - state.root_position - Vector3d(-0.1, 0.05, 0)).norm(), 0,
              1e-12);
  EXPECT_NEAR(past.key_position(1, 3), state.key_position(1, 3) - 0.03, 1e-12);
  EXPECT_NEAR(yaw_of(past.root_rotation), yaw_of(state.root_rotation) - 0.2, 1e-9);
}

// A full keyframe is part of the plan as it is, wherever the character looks.
TEST_F(Controller, KeyframesAreInpaintedInTheCurrentHeadingFrame) {
  LookaheadController controller = make(1);
  auto worlds = make_worlds(1);
  Keyframe key;
  worlds[0].body_state(key.state);
  key.state.root_position.x() += 0.3;
  key.state.key_position.row(0).array() += 0.3;
  for (int s = 0; s < 4; ++s) {
    Surroundings around;
    key.frames_ahead = 10 - s;
    around.keyframes = {key};
    controller.set_surroundings(0, std::make_shared<const Surroundings>(around));
    drive(controller, worlds, 1);
    const LookaheadPlan& plan = controller.plan();
    const Eigen::VectorXd token = state_token(model->layout, key.state, plan.frames[0]);
    const int frame = model->config.now() + key.frames_ahead;
    for (int d = 0; d < token.size(); ++d) {
      EXPECT_NEAR(plan.states[0][frame][d].item<double>(), token[d], 1e-4) << "step " << s;
    }
    controller.set_surroundings(0, nullptr);
  }
}

TEST_F(Controller, WatchedStepsAdvanceTheNextPlan) {
  LookaheadController controller = make(1);
  auto worlds = make_worlds(1);
  drive(controller, worlds, 2);
  std::vector<BodyState> states(1);
  for (int s = 0; s < 3; ++s) {
    worlds[0].body_state(states[0]);
    controller.watch(states);
    worlds[0].step();
  }
  EXPECT_EQ(controller.save().worlds[0].unplanned, 3);
  EXPECT_EQ(controller.save().worlds[0].history.size(), 4u);
  drive(controller, worlds, 1);
  EXPECT_EQ(controller.save().worlds[0].unplanned, 0);
  EXPECT_EQ(controller.status(0), ControlStatus::kOk);
}

}  // namespace
}  // namespace foresight
