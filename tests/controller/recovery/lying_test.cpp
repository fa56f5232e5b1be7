#include "controller/recovery/lying.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

#include "controller/recovery/fallen_starts.h"
#include "tests/standing_clip.h"

namespace foresight {
namespace {

// A clip that begins flat on the floor, turned about the y axis by `angle`, and ends standing.
Clip rising_clip(const Character& c, const std::string& name, double angle) {
  Clip clip = standing_clip(c, name, 30);
  for (int t = 0; t < 15; ++t) {
    clip.qpos(2, t) = 0.2;
    quat_to_wxyz(Quaterniond(Eigen::AngleAxisd(angle, Vector3d::UnitY())),
                 clip.qpos.col(t).data() + 3);
    clip.qpos(7 + 3, t) = 0.5;
  }
  return clip;
}

struct Motions {
  std::shared_ptr<const Character> character = default_character();
  ReferenceMotion motions =
      build_reference(*character,
                      {rising_clip(*character, "prone", std::numbers::pi / 2),
                       rising_clip(*character, "supine", -std::numbers::pi / 2)},
                      false);
};

TEST(Lying, TheMotionIsThatOfTheSideOnWhichTheBodyLies) {
  const Motions m;
  const Quaterniond prone(Eigen::AngleAxisd(std::numbers::pi / 2, Vector3d::UnitY()));
  const Quaterniond roll(Eigen::AngleAxisd(0.5, Vector3d::UnitX()));
  for (const double yaw : {-2.0, 0.0, 1.0}) {
    EXPECT_EQ(motion_for(m.motions, quat_from_yaw(yaw) * prone * roll), 0) << yaw;
    EXPECT_EQ(motion_for(m.motions, quat_from_yaw(yaw) * prone.conjugate() * roll), 1) << yaw;
  }
}

TEST(Lying, ATurnAndAShiftAreFound) {
  const Motions m;
  const Eigen::VectorXd from = m.motions.body_position.col(0);
  const GroundPose moved{{2.0, -3.0}, 2.5};
  Eigen::VectorXd to = from;
  for (Eigen::Index i = 0; i < to.size(); i += 3) {
    to.segment<2>(i) = moved.point_out(from.segment<2>(i));
    to[i + 2] += 0.1;  // heights do not count
  }
  const GroundPose found = laid_over(from, to);
  EXPECT_NEAR(found.yaw, 2.5, 1e-12);
  EXPECT_NEAR((found.position - moved.position).norm(), 0, 1e-12);
}

TEST(Lying, TargetsReachThePoseOfTheMotionSteadily) {
  const Motions m;
  const Character& c = *m.character;
  std::vector<double> targets(c.nu, 0.0);
  ease_into(c, m.motions, 0, targets.data());
  EXPECT_NEAR(targets[3], 0.1, 1e-12) << "3 rad/s";
  for (int i = 0; i < 10; ++i) ease_into(c, m.motions, 0, targets.data());
  for (int j = 0; j < c.nu; ++j) {
    const double goal = std::clamp(m.motions.qpos(7 + j, 0), c.ctrl_low[j], c.ctrl_high[j]);
    EXPECT_NEAR(targets[j], goal, 1e-12) << c.joint_names[j];
  }
}

TEST(Lying, WhoDoesNotComeToRestRisesInTheEnd) {
  const Motions m;
  const DataPtr d(mj_makeData(m.character->model.get()));
  const CharacterIndex index = index_character(*m.character, *m.character->model, 0);
  EXPECT_FALSE(ready_to_rise(index, *d, 0.4));
  EXPECT_TRUE(ready_to_rise(index, *d, 0.5));
  d->qvel[0] = 1.0;
  EXPECT_FALSE(ready_to_rise(index, *d, 2.4));
  EXPECT_TRUE(ready_to_rise(index, *d, 2.5));
}

TEST(FallenStarts, BodiesLieWhereTheirMotionBeginsWithAnyNumberOfThreads) {
  const Motions m;
  const auto one = fallen_starts(m.character, m.motions, 24, 3, 1);
  const auto two = fallen_starts(m.character, m.motions, 24, 3, 2);
  ASSERT_EQ(one.size(), two.size());
  ASSERT_GT(one.size(), 20u);
  int sides[2] = {0, 0};
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].qpos, two[i].qpos);
    EXPECT_EQ(one[i].qvel, two[i].qvel);
    EXPECT_LT(one[i].qpos[2], 0.6) << "it fell";
    EXPECT_LT(one[i].qpos.head<2>().norm(), 0.5) << "moved to the motion";
    EXPECT_EQ(one[i].motion, motion_for(m.motions, quat_from_wxyz(one[i].qpos.data() + 3)));
    ++sides[one[i].motion];
  }
  EXPECT_GT(sides[0], 3);
  EXPECT_GT(sides[1], 3);
}

TEST(FallenStarts, EpisodesThatStartLyingAreNotLostAtOnce) {
  const Motions m;
  TrackingEnvConfig config{.worlds = 8, .threads = 1, .kick_speed = 0};
  TrackingEnv env(m.character, std::make_shared<const ReferenceMotion>(m.motions), config);
  // Two metres beside the motion: further than max_error.
  auto starts = fallen_starts(m.character, m.motions, 8, 3, 1);
  for (LyingStart& start : starts) start.qpos[1] += 2;
  env.start_lying(starts, 1.0);
  std::vector<float> observations(8 * env.observation_size()), last(observations.size());
  std::vector<float> actions(8 * env.action_size(), 0.0F), rewards(8);
  std::vector<Ending> endings(8);
  env.reset(observations.data());
  for (int t = 0; t < 10; ++t) {
    env.step(actions.data(), observations.data(), rewards.data(), endings.data(), last.data());
    for (const Ending ending : endings) EXPECT_NE(ending, Ending::kFailed) << t;
  }
}

}  // namespace
}  // namespace foresight
