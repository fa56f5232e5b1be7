#include "controller/eval_data.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

/// Sway on the spot, and the same moved along at walking speed.
RolloutSet standing_and_walking(const std::shared_ptr<const Character>& character) {
  RolloutSet set = testing::tiny_rollouts(character, 14, 120);
  for (std::int64_t e = 7; e < 14; ++e) {
    for (std::int64_t t = 0; t < 120; ++t) {
      float* v = set.frames.data() + (e * 120 + t) * set.layout.size() + RawLayout::root_velocity;
      v[1] += 1.0f;
      set.qvel[(e * 120 + t) * set.nv + 1] += 1.0f;
    }
  }
  return set;
}

TEST(EvalData, StartsStandAtTheOriginHeadingAlongX) {
  const auto character = default_character();
  EvalDataOptions options;
  options.starts = 40;
  const EvalData data = make_eval_data(*character, standing_and_walking(character), options);
  ASSERT_EQ(data.starts.size(), 40u);
  for (const StartState& s : data.starts) {
    EXPECT_EQ(s.qpos[0], 0);
    EXPECT_EQ(s.qpos[1], 0);
    EXPECT_NEAR(yaw_of(quat_from_wxyz(s.qpos.data() + 3)), 0, 1e-6);
  }
  EXPECT_EQ(std::count_if(data.starts.begin(), data.starts.end(),
                          [](const StartState& s) { return s.speed < 0.2; }),
            10);
}

TEST(EvalData, ComesBackFromItsFileAndOtherBodiesAreRefused) {
  const auto character = default_character();
  EvalDataOptions options;
  options.starts = 8;
  const EvalData data = make_eval_data(*character, standing_and_walking(character), options);
  const fs::path file = fs::path(::testing::TempDir()) / "eval_data_test.safetensors";
  save_eval_data(file, *character, data);
  const EvalData back = load_eval_data(file, *character);
  ASSERT_EQ(back.starts.size(), 8u);
  EXPECT_NEAR(back.starts[3].qpos[9], data.starts[3].qpos[9], 1e-6);
  EXPECT_LT((back.feature_mean - data.feature_mean).norm(), 1e-4);
  EXPECT_LT((back.feature_covariance - data.feature_covariance).norm(), 1e-3);
  EXPECT_FALSE(back.sha256.empty());
  const auto other = std::make_shared<Character>();
  other->joint_names = {"tail"};
  EXPECT_THROW(load_eval_data(file, *other), InputError);
}

TEST(EvalData, KeyframeMotionsComeFromTheSplitAskedForAndBackFromTheFile) {
  const auto character = default_character();
  const RolloutSet set = standing_and_walking(character);
  EvalDataOptions options;
  options.starts = 8;
  options.motion_seconds = 2;
  EXPECT_TRUE(make_eval_data(*character, set, options).motions.empty()) << "no held-out clips";
  options.motion_split = "train";
  options.motions = 3;
  const EvalData data = make_eval_data(*character, set, options);
  ASSERT_EQ(data.motions.size(), 3u);
  EXPECT_EQ(data.motions[0].frames(), 60);
  EXPECT_EQ(data.motions[0].clip, "made_up/sway");
  const fs::path file = fs::path(::testing::TempDir()) / "eval_motions_test.safetensors";
  save_eval_data(file, *character, data);
  const EvalData back = load_eval_data(file, *character);
  ASSERT_EQ(back.motions.size(), 3u);
  EXPECT_EQ(back.motions[2].qpos, data.motions[2].qpos);
  EXPECT_EQ(back.motions[2].qvel, data.motions[2].qvel);
}

TEST(EvalData, MotionFeatureDoesNotDependOnPlaceAndHeading) {
  const auto character = default_character();
  World world(character, Scene{});
  std::vector<double> qpos(world.qpos().begin(), world.qpos().end());
  std::vector<double> rest(character->nv, 0.0);
  BodyState state;
  world.body_state(state);
  const Eigen::VectorXd here = motion_feature(*character, state);
  qpos[0] = 5;
  quat_to_wxyz(quat_from_yaw(1.0), qpos.data() + 3);
  world.set_state(qpos, rest);
  world.body_state(state);
  EXPECT_LT((motion_feature(*character, state) - here).norm(), 1e-5);
  EXPECT_EQ(here.size(), 100);
}

}  // namespace
}  // namespace foresight
