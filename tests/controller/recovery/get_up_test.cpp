#include "controller/recovery/get_up.h"

#include <gtest/gtest.h>

#include "controller/headless_run.h"
#include "sim/base/error.h"
#include "tests/controller/task_fixtures.h"

namespace foresight {
namespace {

// Seconds until a character that was kicked over stands again, negative when it does not.
double seconds_to_stand(const std::shared_ptr<const Character>& character,
                        const Eigen::Vector2d& kick) {
  World world(character, Scene{});
  const StartState standing = standing_start(*character);
  world.set_state(standing.qpos, standing.qvel);
  world.kick(kick);
  for (int t = 0; t < 60 && !world.fall().fallen; ++t) world.step();
  if (!world.fall().fallen) return -1;
  GetUp rising(*character, shipped_get_up(*character));
  const double* held = world.data().ctrl + world.index().ctrl;
  rising.begin({held, static_cast<std::size_t>(character->nu)});
  for (int t = 0; t < 450; ++t) {
    world.set_action(rising.act(world, 0));
    world.step();
    if (rising.standing()) return t * character->control_dt();
  }
  return -1;
}

TEST(GetUp, WhatShipsGetsUpFromEverySide) {
  const auto character = default_character();
  for (const Eigen::Vector2d& kick : {Eigen::Vector2d(2.5, 0), Eigen::Vector2d(-2.5, 0),
                                      Eigen::Vector2d(0, 2.5), Eigen::Vector2d(1.5, -2)}) {
    const double seconds = seconds_to_stand(character, kick);
    EXPECT_GT(seconds, 2) << kick.transpose();
    EXPECT_LT(seconds, 12) << kick.transpose();
  }
}

TEST(GetUp, TheRootIsHighWhenItStands) {
  const auto character = default_character();
  const auto skill = shipped_get_up(*character);
  ASSERT_EQ(skill->clips.size(), 2u);
  for (const Clip& clip : skill->clips) {
    EXPECT_LT(clip.qpos(2, 0), 0.3) << clip.name;
    EXPECT_GT(clip.qpos(2, clip.frames() - 1), 0.7) << clip.name;
  }
}

TEST(GetUp, AnotherCharacterKnowsNoMotionOfGettingUp) {
  const auto other = std::const_pointer_cast<Character>(load_character(default_character()->file));
  other->fingerprint = "other";
  EXPECT_EQ(shipped_get_up(*other), nullptr);
}

// A network that knows nothing falls again and again; every time the character gets up.
TEST(GetUp, ARunGoesOnAfterFalls) {
  const auto character = default_character();
  const EvalData data = testing::tiny_eval_data(*character);
  RunOptions options;
  options.seconds = 14;
  options.task = "free";
  options.get_up = shipped_get_up(*character);
  const auto world = make_run_world(character, options, data);
  LookaheadController controller(character, testing::tiny_model(*character), {}, 1);
  const RunSummary summary = run_headless(*world, controller, data, options);
  EXPECT_GE(summary.got_up, 1);
  EXPECT_GE(summary.falls.size(), static_cast<std::size_t>(summary.got_up));
}

}  // namespace
}  // namespace foresight
