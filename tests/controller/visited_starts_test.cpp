#include "controller/visited_starts.h"

#include <gtest/gtest.h>

#include <numbers>

#include "controller/collect.h"
#include "controller/expert/tracking.h"
#include "sim/rotation.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"

namespace foresight {
namespace {

std::span<const double> span_of(const Eigen::VectorXd& v) {
  return {v.data(), static_cast<std::size_t>(v.size())};
}

class VisitedStarts : public ::testing::Test {
 protected:
  // Every frame has another elbow, so that it can be told from all others.
  VisitedStarts() {
    Clip clip = standing_clip(*character, "made/elbow", 150);
    for (int f = 0; f < clip.frames(); ++f) clip.qpos(elbow, f) = 0.01 * f;
    reference =
        build_reference(*character, {standing_clip(*character, "made/rest", 60), clip}, false);
  }

  // The reference's frames [first, first + count), turned to the left and moved.
  RolloutSet visited(int first, int count) const {
    RolloutSet set = make_rollout_set(*character);
    add_clip(set, {"visited/made", "Apache-2.0", "visited", "train"});
    begin_episode(set, 0, 0);
    World world(character, Scene{});
    const Quaterniond turn = quat_from_yaw(std::numbers::pi / 2);
    for (int f = first; f < first + count; ++f) {
      Eigen::VectorXd q = reference.qpos.col(f);
      const Eigen::VectorXd v = reference.qvel.col(f);
      q[0] += 3;
      q[1] -= 2;
      quat_to_wxyz(turn * quat_from_wxyz(q.data() + 3), q.data() + 3);
      const Eigen::VectorXd action = Eigen::VectorXd::Constant(character->nu, 0.01 * f);
      BodyState state;
      world.body_state(state);
      append_step(set, state, span_of(q), span_of(v), span_of(action), span_of(action));
    }
    return set;
  }

  std::shared_ptr<const Character> character = default_character();
  ReferenceMotion reference;
  const int elbow = character->nq - 3;
};

TEST_F(VisitedStarts, StandWhereTheMostAlikeFrameIs) {
  const int first = 60 + 40;  // the second clip begins at frame 60
  const auto starts = visited_starts(*character, visited(first, 4), reference, {3, 4, 1, 1});
  ASSERT_EQ(starts.size(), 3);
  for (const VisitedStart& s : starts) {
    EXPECT_EQ(s.clip, 1);
    EXPECT_EQ(s.frame, first + 3);
    ASSERT_EQ(s.qpos.cols(), 4);
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(s.qpos.col(i).isApprox(reference.qpos.col(first + i), 1e-5)) << i;
    }
    EXPECT_NEAR(s.action(0, 2), 0.01 * (first + 2), 1e-6) << "executed before the last state";
  }
}

TEST_F(VisitedStarts, EnoughOfTheReferenceFollows) {
  const int last = reference.frames() - 4;
  const auto starts = visited_starts(*character, visited(last, 4), reference, {1, 4, 2, 1});
  EXPECT_EQ(starts[0].frame, reference.frames() - 60 - 1) << "2 s before the end";
}

TEST_F(VisitedStarts, TooShortEpisodesOrClipsAreErrors) {
  EXPECT_NE(error_of([&] {
              visited_starts(*character, visited(70, 3), reference, {1, 4, 1, 1});
            }).find("no episode of 4 steps"),
            std::string::npos);
  EXPECT_NE(error_of([&] {
              visited_starts(*character, visited(70, 4), reference, {1, 4, 9, 1});
            }).find("no clip is longer than the 270 frames"),
            std::string::npos);
}

TEST_F(VisitedStarts, TheExpertTakesOverAfterTheirPast) {
  torch::manual_seed(1);
  const auto starts = visited_starts(*character, visited(100, 4), reference, {1, 4, 1, 1});
  ExpertPolicy policy(TrackingTables(*character, *character->model).observation_size(),
                      character->nu, ExpertSizes{{8}, {8}});
  CollectConfig config;
  config.hours = 0.0005;
  config.worlds = 2;
  config.threads = 1;
  config.max_noise = config.kick_share = 0;
  config.max_error = 10;
  const RolloutSet set = collect_rollouts(
      character, reference, policy, config, [](double) { return true; }, starts);
  for (const RolloutEpisode& e : set.episodes) {
    EXPECT_EQ(e.pushes, std::vector<int>{3}) << "no window looks across the change";
    for (int s = 0; s < 4; ++s) {
      const std::size_t row = e.first + s;
      EXPECT_NEAR(set.qpos[row * set.nq + elbow], 0.01 * (40 + s), 1e-5);
    }
    for (int s = 0; s < 3; ++s) {
      EXPECT_NEAR(set.executed[(e.first + s) * set.nu], 0.01 * (100 + s), 1e-5);
    }
  }
}

}  // namespace
}  // namespace foresight
