#include "controller/rollouts.h"

#include <gtest/gtest.h>

#include <limits>

#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

using testing::tiny_rollouts;

fs::path temporary(const std::string& name) {
  return fs::path(::testing::TempDir()) / ("rollouts_test_" + name);
}

TEST(Rollouts, ComeBackExactlyFromTheFile) {
  const RolloutSet set = tiny_rollouts(default_character(), 3, 20);
  const fs::path file = temporary("round.rollouts");
  save_rollouts(file, set);
  const RolloutSet back = load_rollouts(file);
  EXPECT_EQ(back.frames, set.frames);
  EXPECT_EQ(back.qpos, set.qpos);
  EXPECT_EQ(back.qvel, set.qvel);
  EXPECT_EQ(back.action, set.action);
  EXPECT_EQ(back.executed, set.executed);
  EXPECT_EQ(back.clips, set.clips);
  ASSERT_EQ(back.episodes.size(), 3u);
  EXPECT_EQ(back.episodes[2].first, 40);
  EXPECT_FLOAT_EQ(back.episodes[2].noise, 0.05f);
  EXPECT_EQ(back.fingerprint, default_character()->fingerprint);
}

TEST(Rollouts, PushesStayWithTheirSteps) {
  RolloutSet set = tiny_rollouts(default_character(), 2, 20);
  set.episodes[1].pushes = {3, 10, 18};
  RolloutSet cut = make_rollout_set(*default_character());
  append_stretch(cut, set, 1, 3, 15);
  const fs::path file = temporary("pushes.rollouts");
  save_rollouts(file, cut);
  EXPECT_EQ(load_rollouts(file).episodes[0].pushes, (std::vector<int>{7}));
}

TEST(Rollouts, TruncatedFlippedOrForeignFilesAreRefusedByName) {
  const fs::path file = temporary("broken.rollouts");
  save_rollouts(file, tiny_rollouts(default_character(), 1, 10));
  const std::string good = read_file(file);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{20}, good.size() - 1}) {
    write_file(file, good.substr(0, size));
    EXPECT_THROW(load_rollouts(file), InputError) << size;
  }
  for (const std::size_t at : {std::size_t{3}, std::size_t{9}, std::size_t{40}, good.size() - 40}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file(file, bad);
    try {
      load_rollouts(file);
      FAIL() << "byte " << at;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("broken.rollouts"), std::string::npos);
    }
  }
}

TEST(Rollouts, ValuesThatAreNotFiniteAreRefused) {
  RolloutSet set = tiny_rollouts(default_character(), 1, 10);
  set.qvel[7 * set.nv + 3] = std::numeric_limits<float>::quiet_NaN();
  const fs::path file = temporary("nan.rollouts");
  save_rollouts(file, set);
  try {
    load_rollouts(file);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("step 7"), std::string::npos);
  }
}

TEST(Rollouts, StretchesKeepTheirRowsAndFilesAddUp) {
  const auto character = default_character();
  const RolloutSet set = tiny_rollouts(character, 2, 20);
  RolloutSet part = make_rollout_set(*character);
  append_stretch(part, set, 1, 5, 10);
  ASSERT_EQ(part.steps(), 10);
  EXPECT_EQ(part.action[0], set.action[25 * set.nu]);
  const fs::path a = temporary("a.rollouts"), b = temporary("b.rollouts");
  save_rollouts(a, set);
  save_rollouts(b, part);
  const RolloutSet both = load_rollouts({a, b}, character.get());
  EXPECT_EQ(both.steps(), 50);
  EXPECT_EQ(both.episodes.back().first, 40);
  EXPECT_EQ(both.clips.size(), 1u);
  Character other = {};
  other.fingerprint = "else";
  EXPECT_THROW(load_rollouts({a}, &other), InputError);
}

TEST(Rollouts, NonCommercialClipsAreFound) {
  EXPECT_TRUE(noncommercial_clips(tiny_rollouts(default_character(), 1, 2)).empty());
  const RolloutSet set = tiny_rollouts(default_character(), 1, 2, "CC-BY-NC-4.0");
  ASSERT_EQ(noncommercial_clips(set).size(), 1u);
}

}  // namespace
}  // namespace foresight
