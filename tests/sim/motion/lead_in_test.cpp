#include "sim/motion/lead_in.h"

#include <gtest/gtest.h>

#include "sim/rotation.h"

namespace foresight {
namespace {

// Walks along x at `speed`; the first joint swings `phase` of a turn ahead.
Clip swinging(const Character& character, double speed, double phase, int frames) {
  Clip clip;
  clip.name = "test/swing";
  clip.licence = "MIT";
  clip.character = character.fingerprint;
  clip.qpos = Eigen::MatrixXd::Zero(character.nq, frames);
  for (int f = 0; f < frames; ++f) {
    clip.qpos(0, f) = speed * f / clip.fps;
    clip.qpos(2, f) = 0.9;
    clip.qpos(3, f) = 1;
    clip.qpos(7, f) = 0.5 * std::sin(2 * M_PI * (f / clip.fps + phase));
  }
  return clip;
}

TEST(LeadIn, ClipsMeetInStep) {
  const auto character = default_character();
  Clip before = swinging(*character, 1.0, 0, 200);
  before.name = "other/walk";
  before.licence = "CMU";
  const Clip clip = swinging(*character, 1.1, 0.4, 150);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Rng rng{seed};
    const LeadInConfig config;
    const auto result = lead_in(*character, before, clip, config, rng);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->name, "test/swing");
    EXPECT_EQ(result->licence, "MIT+CMU");
    EXPECT_NE(result->source.find("other/walk"), std::string::npos);
    // The end is that of the clip, the swing goes on as if nothing had happened.
    const int last = result->frames() - 1;
    EXPECT_NEAR(result->qpos(7, last), clip.qpos(7, clip.frames() - 1), 1e-12);
    for (int f = 1; f + 1 <= last; ++f) {
      const double curve = result->qpos(7, f + 1) - 2 * result->qpos(7, f) + result->qpos(7, f - 1);
      EXPECT_LT(std::abs(curve), 0.03) << f;  // 0.5 (2 pi / 30)^2 = 0.022 without any fade
      EXPECT_GT(result->qpos(0, f) - result->qpos(0, f - 1), 0.8 / 30);
    }
  }
}

TEST(LeadIn, NeedsRoomInBoth) {
  const auto character = default_character();
  const Clip longer = swinging(*character, 1, 0, 200), brief = swinging(*character, 1, 0, 40);
  Rng rng{1};
  EXPECT_FALSE(lead_in(*character, brief, longer, {}, rng).has_value());
  EXPECT_FALSE(lead_in(*character, longer, brief, {}, rng).has_value());
}

}  // namespace
}  // namespace foresight
