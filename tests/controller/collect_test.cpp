#include "controller/collect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "controller/expert/tracking.h"
#include "sim/base/error.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"

namespace foresight {
namespace {

/// An expert that has learnt nothing follows a standing clip of 200 frames.
class Collect : public ::testing::Test {
 protected:
  Collect() {
    config.hours = 0.002;
    config.worlds = 4;
    config.threads = 1;
    config.max_noise = config.kick_share = 0;
    config.max_error = 10;
  }

  RolloutSet collect(int frames = 200) const {
    torch::manual_seed(1);
    const ReferenceMotion reference =
        build_reference(*character, {standing_clip(*character, "made/rest", frames)}, false);
    ExpertPolicy policy(TrackingTables(*character, *character->model).observation_size(),
                        character->nu, ExpertSizes{{8}, {8}});
    return collect_rollouts(character, reference, policy, config, [](double) { return true; });
  }

  std::shared_ptr<const Character> character = default_character();
  CollectConfig config;
};

TEST_F(Collect, KeepsWhatSurvives) {
  const RolloutSet set = collect();
  EXPECT_GE(set.hours(), 0.002);
  EXPECT_EQ(set.clips.at(0).name, "made/rest");
}

TEST_F(Collect, GivesUpWhenNothingSurvives) {
  config.max_error = 1e-9;
  EXPECT_NE(error_of([&] { collect(); }).find("nothing"), std::string::npos);
}

TEST_F(Collect, TheEndOfAClipThatNothingChecksIsDropped) {
  const RolloutSet set = collect();
  for (const RolloutEpisode& e : set.episodes) EXPECT_EQ(e.steps, 199 - 60);
  EXPECT_EQ(set.settings["dropped_steps"]["unchecked"], 60 * set.episodes.size());
  EXPECT_EQ(set.settings["dropped_steps"]["failed"], 0);
  config.recovery_seconds = 4;
  for (const RolloutEpisode& e : collect().episodes) EXPECT_EQ(e.steps, 199 - 120);
}

TEST_F(Collect, AnEpisodeGoesOnBeyondItsTimeForTheCheck) {
  config.episode_seconds = 3;
  for (const RolloutEpisode& e : collect().episodes) EXPECT_EQ(e.steps, 90);
}

// The same episodes with a longer check: each failure takes so much more with it.
TEST_F(Collect, WhatLeadsToAFailureIsDropped) {
  config.max_error = 0.25;
  config.kick_share = 1;
  config.kick_speed = 0.4;
  config.kick_interval = 0.5;
  config.min_seconds = 0.1;
  config.recovery_seconds = 0.1;
  const RolloutSet most = collect();
  config.recovery_seconds = 0.5;
  const RolloutSet fewer = collect();
  EXPECT_GT(most.settings["dropped_steps"]["failed"].get<int>(), 0) << "who is kicked falls";
  const std::size_t same = std::min(most.episodes.size(), fewer.episodes.size());
  ASSERT_GT(same, 0U);
  EXPECT_LT(most.episodes[0].steps, 199 - 3) << "it falls before the clip ends";
  for (std::size_t i = 0; i < same; ++i) {
    EXPECT_EQ(most.episodes[i].steps - fewer.episodes[i].steps, 15 - 3) << i;
  }
}

TEST_F(Collect, ClipsOfWhichNothingWouldBeKeptAreRefused) {
  EXPECT_NE(error_of([&] { collect(60); }).find("foresight augment"), std::string::npos);
}

TEST_F(Collect, TheLabelIsWhatIsExecutedWithoutNoise) {
  const RolloutSet set = collect();
  EXPECT_EQ(set.action, set.executed);
}

TEST_F(Collect, WorldsStandOnALadderOfNoise) {
  config.max_noise = 0.03;
  const RolloutSet set = collect();
  std::set<float> noises;
  for (const RolloutEpisode& e : set.episodes) noises.insert(e.noise);
  const std::set<float> ladder = {0.0f, static_cast<float>(0.03 / 3), static_cast<float>(0.06 / 3),
                                  static_cast<float>(0.03)};
  EXPECT_EQ(noises, ladder);
}

/// Executed less clean actions of one joint in one episode.
std::vector<double> noise_of(const RolloutSet& set, const RolloutEpisode& e, int joint) {
  std::vector<double> noise;
  for (int s = 0; s < e.steps; ++s) {
    const std::size_t at = (e.first + s) * set.nu + joint;
    noise.push_back(double{set.executed[at]} - set.action[at]);
  }
  return noise;
}

struct NoiseFigures {
  double deviation = 0, correlation = 0;  // rad; from one step to the next
};

/// Over the joints whose targets were never limited.
NoiseFigures figures_of(const RolloutSet& set, const RolloutEpisode& e, const Character& c) {
  double square = 0, product = 0, squares = 0, count = 0;
  for (int j = 0; j < c.nu; ++j) {
    if (c.ctrl_low[j] > -0.3 || c.ctrl_high[j] < 0.3) continue;
    const std::vector<double> noise = noise_of(set, e, j);
    for (std::size_t s = 1; s < noise.size(); ++s) {
      product += noise[s] * noise[s - 1];
      squares += noise[s - 1] * noise[s - 1];
      square += noise[s] * noise[s];
      ++count;
    }
  }
  return {std::sqrt(square / count), product / squares};
}

TEST_F(Collect, NoiseIsWhiteOrOrnsteinUhlenbeckOfItsWorldsSize) {
  config.max_noise = 0.03;
  config.hours = 0.04;
  config.worlds = 8;
  const RolloutSet set = collect();
  std::set<double> seen;
  for (const RolloutEpisode& e : set.episodes) {
    if (e.noise == 0) continue;
    const NoiseFigures f = figures_of(set, e, *character);
    double nearest = 1;
    for (const double known : {0.0, 0.2, 0.7}) {
      if (std::abs(known - f.correlation) < std::abs(nearest - f.correlation)) nearest = known;
    }
    EXPECT_NEAR(f.correlation, nearest, 0.1);
    EXPECT_NEAR(f.deviation, e.noise, 0.15 * e.noise);
    seen.insert(nearest);
  }
  EXPECT_EQ(seen.size(), 3U) << "white, the process of BeyondMimic and a slow one";
}

}  // namespace
}  // namespace foresight
