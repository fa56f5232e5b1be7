#include "controller/expert/tracking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "controller/expert/tracking_env.h"
#include "controller/expert/tracking_mirror.h"
#include "sim/base/error.h"
#include "tests/standing_clip.h"

namespace foresight {
namespace {

// Two seconds of standing still with a slowly swinging arm.
Clip swinging_clip(const Character& c) {
  Clip clip = standing_clip(c, "made/swing", 60);
  for (int t = 0; t < 60; ++t) clip.qpos(7 + 8, t) = -0.4 * std::sin(0.1 * t);
  return clip;
}

struct Placed {
  std::shared_ptr<const Character> character = default_character();
  ReferenceMotion reference = build_reference(*character, {swinging_clip(*character)}, false);
  DataPtr data{mj_makeData(character->model.get())};
  TrackingTables tables{*character, *character->model};

  void place(const Eigen::VectorXd& qpos, int velocity_frame) {
    const Eigen::VectorXd qvel = reference.qvel.col(velocity_frame);
    set_character_state(*character, tables.index, *character->model, *data,
                        {qpos.data(), static_cast<std::size_t>(qpos.size())},
                        {qvel.data(), static_cast<std::size_t>(qvel.size())});
  }
  std::vector<float> observe(int frame) {
    std::vector<float> out(tables.observation_size());
    tracking_observation(tables, *character->model, *data, reference, frame, reference.frames() - 1,
                         out);
    return out;
  }
};

TEST(Tracking, ObservationHas255NumbersForTheHumanoid) {
  EXPECT_EQ(Placed().tables.observation_size(), 255);
}

TEST(Tracking, TheReferencePoseHasNoErrorAndFullReward) {
  Placed p;
  p.place(p.reference.qpos.col(10), 10);
  const TrackingError error = tracking_error(p.tables, *p.data, p.reference, 10);
  EXPECT_NEAR(error.body_position, 0, 1e-9);
  EXPECT_NEAR(error.body_angle_square, 0, 1e-9);
  EXPECT_NEAR(tracking_reward(error), 1.0, 1e-6);
}

TEST(Tracking, AShiftedRootCountsAsThatManyMetres) {
  Placed p;
  Eigen::VectorXd qpos = p.reference.qpos.col(10);
  qpos[0] += 0.3;
  p.place(qpos, 10);
  const TrackingError error = tracking_error(p.tables, *p.data, p.reference, 10);
  EXPECT_NEAR(error.body_position, 0.3, 1e-9);
  EXPECT_NEAR(error.root_square, 0.09, 1e-9);
  EXPECT_NEAR(error.body_angle_square, 0, 1e-9);
}

// A push to the side moves character and reference alike, so nothing that the expert sees changes.
TEST(Tracking, AReferenceThatWasShiftedAlongIsSeenAsBefore) {
  Placed p;
  p.place(p.reference.qpos.col(10), 10);
  const std::vector<float> before = p.observe(10);
  Eigen::VectorXd qpos = p.reference.qpos.col(10);
  qpos.head<2>() += Eigen::Vector2d(0.3, -0.2);
  p.place(qpos, 10);
  const ReferenceShift shift{{0.3, -0.2, 0}};
  std::vector<float> after(before.size());
  tracking_observation(p.tables, *p.character->model, *p.data, p.reference, 10, 59, after, shift);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-5) << i;
  EXPECT_NEAR(tracking_error(p.tables, *p.data, p.reference, 10, shift).body_position, 0, 1e-9);
}

TEST(Tracking, TheReferenceGivesWayOnTheFloorWithinItsTime) {
  Placed p;
  Eigen::VectorXd qpos = p.reference.qpos.col(10);
  qpos.head<3>() += Eigen::Vector3d(0.4, 0, -0.1);
  p.place(qpos, 10);
  ReferenceShift shift, fixed;
  shift.follow(p.tables, *p.data, p.reference, 10, 0.5, 0.1);
  EXPECT_NEAR(shift.offset.x(), 0.08, 1e-12);
  EXPECT_EQ(shift.offset.z(), 0);
  for (int i = 0; i < 200; ++i) shift.follow(p.tables, *p.data, p.reference, 10, 0.5, 0.1);
  EXPECT_NEAR(shift.offset.x(), 0.4, 1e-9);
  fixed.follow(p.tables, *p.data, p.reference, 10, 0, 0.1);
  EXPECT_EQ(fixed.offset.norm(), 0);
}

TEST(Tracking, TheObservationDoesNotChangeWhenTheWorldIsTurnedAndMoved) {
  Placed p;
  p.place(p.reference.qpos.col(5), 5);
  const std::vector<float> before = p.observe(5);
  Clip clip = swinging_clip(*p.character);
  for (int t = 0; t < clip.frames(); ++t) {
    clip.qpos.col(t).head<2>() << 3.0, -1.0;
    clip.qpos.col(t).segment<4>(3) << std::cos(0.6), 0, 0, std::sin(0.6);
  }
  p.reference = build_reference(*p.character, {clip}, false);
  p.place(p.reference.qpos.col(5), 5);
  const std::vector<float> after = p.observe(5);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-5) << i;
}

TEST(Tracking, TargetsAreReferencePlusResidualWithinTheControlRange) {
  Placed p;
  std::vector<float> action(p.character->nu, 0.0F);
  action[0] = 1.0F;
  action[1] = 1e6F;
  std::vector<double> target(p.character->nu);
  expert_target(*p.character, p.reference, 3, action.data(), target.data());
  EXPECT_NEAR(target[0], p.reference.target(0, 3) + kResidual, 1e-7);
  EXPECT_EQ(target[1], p.character->ctrl_high[1]);
}

TEST(Tracking, TargetsLeadTheReferenceByTheLagOfThePdActuator) {
  Placed p;
  const int nu = p.character->nu;
  for (int j = 0; j < nu; ++j) {
    const double lag = p.character->kv[j] / p.character->kp[j];
    EXPECT_NEAR(p.reference.target(j, 7),
                p.reference.qpos(7 + j, 7) + lag * p.reference.qvel(6 + j, 7), 1e-12);
  }
  const ReferenceMotion plain =
      build_reference(*p.character, {swinging_clip(*p.character)}, false, 0);
  EXPECT_EQ(plain.target, plain.qpos.bottomRows(nu));
}

TEST(Tracking, MirroredReferenceFollowsTheOriginal) {
  const auto c = default_character();
  const ReferenceMotion both = build_reference(*c, {swinging_clip(*c)}, true);
  ASSERT_EQ(both.clips.size(), 2U);
  EXPECT_EQ(both.clips[1].name, "made/swing~mirror");
  EXPECT_EQ(Eigen::VectorXd(both.qpos.col(60 + 7)), mirror_qpos(*c, both.qpos.col(7)));
}

TEST(Tracking, TheMirrorImageOfAnObservationIsThatOfTheMirroredMotion) {
  Placed p, image;
  const auto both = build_reference(*p.character, {swinging_clip(*p.character)}, true);
  p.place(p.reference.qpos.col(20), 20);
  p.data->qpos[7 + 15] += 0.2;  // a state of its own
  mj_kinematics(p.character->model.get(), p.data.get());
  const Eigen::Map<const Eigen::VectorXd> qpos(p.data->qpos, p.character->nq);
  const std::vector<float> original = p.observe(12);
  image.reference = both;
  image.place(mirror_qpos(*p.character, qpos), 60 + 20);
  std::vector<float> expected(image.tables.observation_size());
  tracking_observation(image.tables, *p.character->model, *image.data, both, 60 + 12, 119,
                       expected);
  const RowMirror mirror = observation_mirror(p.tables);
  const auto rows = torch::tensor(original).unsqueeze(0);
  const auto mirrored = mirror.apply(rows);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(mirrored[0][static_cast<std::int64_t>(i)].item<float>(), expected[i], 1e-5) << i;
  }
  EXPECT_TRUE(torch::equal(mirror.apply(mirrored), rows));
}

TEST(Tracking, AClipAtAnotherRateIsRefused) {
  const auto c = default_character();
  Clip clip = swinging_clip(*c);
  clip.fps = 60;
  EXPECT_THROW(build_reference(*c, {clip}, false), InputError);
}

TEST(TrackingEnv, GivesTheSameEpisodesAtAnyThreadCount) {
  const auto c = default_character();
  const auto run = [&](int threads) {
    TrackingEnvConfig config;
    config.worlds = 6;
    config.threads = threads;
    TrackingEnv env(
        c, std::make_shared<ReferenceMotion>(build_reference(*c, {swinging_clip(*c)}, true)),
        config);
    const std::size_t size = 6UL * env.observation_size();
    std::vector<float> observations(size), last(size), rewards(6);
    std::vector<float> actions(6UL * env.action_size(), 0.1F);
    std::vector<Ending> endings(6);
    env.reset(observations.data());
    for (int t = 0; t < 80; ++t) {
      env.step(actions.data(), observations.data(), rewards.data(), endings.data(), last.data());
    }
    observations.insert(observations.end(), rewards.begin(), rewards.end());
    return observations;
  };
  EXPECT_EQ(run(1), run(3));
}

TEST(TrackingEnv, TellsTheEndOfAClipFromTheLimitOfAnEpisode) {
  const auto c = default_character();
  const auto reference =
      std::make_shared<ReferenceMotion>(build_reference(*c, {swinging_clip(*c)}, false));
  const auto endings_of = [&](int max_steps) {
    TrackingEnvConfig config{.worlds = 8, .threads = 1, .max_steps = max_steps, .kick_speed = 0};
    TrackingEnv env(c, reference, config);
    const std::size_t size = 8UL * env.observation_size();
    std::vector<float> observations(size), last(size), rewards(8);
    const std::vector<float> actions(8UL * env.action_size(), 0.0F);
    std::vector<Ending> now(8), all;
    env.reset(observations.data());
    for (int t = 0; t < 60; ++t) {
      env.step(actions.data(), observations.data(), rewards.data(), now.data(), last.data());
      all.insert(all.end(), now.begin(), now.end());
    }
    return all;
  };
  const auto holds = [](const std::vector<Ending>& all, Ending e) {
    return std::find(all.begin(), all.end(), e) != all.end();
  };
  const std::vector<Ending> whole = endings_of(300), short_ones = endings_of(3);
  EXPECT_TRUE(holds(whole, Ending::kFinished));
  EXPECT_FALSE(holds(whole, Ending::kTruncated));
  EXPECT_TRUE(holds(short_ones, Ending::kTruncated));
}

}  // namespace
}  // namespace foresight
