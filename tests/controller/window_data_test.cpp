#include "controller/window_data.h"

#include <gtest/gtest.h>

#include <set>

#include "controller/features.h"
#include "models/torch.h"
#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

using testing::tiny_rollouts;

const WindowShape kShape{4, 6, 7};

TEST(WindowData, WindowsNeverCrossTheEndOfAnEpisode) {
  const RolloutSet set = tiny_rollouts(default_character(), 3, 14);
  const WindowIndex index = index_windows(set, kShape, 0.5, 0.0, 1);
  EXPECT_EQ(index.training_windows, 3 * 5);
  for (const auto start : draw_windows(index, 500, 7, 0)) {
    const int inside = start % 14;
    EXPECT_LE(inside + kShape.frames(), 14);
  }
}

TEST(WindowData, NothingPushesTheCharacterInTheFutureOfAWindow) {
  RolloutSet set = testing::tiny_rollouts(default_character(), 1, 100);
  set.episodes[0].pushes = {50};
  const WindowShape shape;
  const WindowIndex index = index_windows(set, shape, 1, 0, 1);
  std::vector<std::int32_t> starts;
  for (const WindowBin& bin : index.bins) {
    starts.insert(starts.end(), bin.starts.begin(), bin.starts.end());
  }
  // Without: 0 to 64. A push at 50 lies in the future of windows from 50 - 35 to 50 - 4.
  EXPECT_EQ(starts.size(), 65U - 32U);
  for (const std::int32_t start : starts) EXPECT_TRUE(start < 15 || start > 46) << start;
}

TEST(WindowData, EpisodesShorterThanAWindowAreAnErrorWhenThereIsNothingElse) {
  const RolloutSet set = tiny_rollouts(default_character(), 2, 9);
  EXPECT_THROW(index_windows(set, kShape, 0.5, 0.0, 1), InputError);
}

TEST(WindowData, DrawsDependOnSeedAndStepOnly) {
  const RolloutSet set = tiny_rollouts(default_character(), 3, 30);
  const WindowIndex index = index_windows(set, kShape, 0.5, 0.0, 1);
  EXPECT_EQ(draw_windows(index, 20, 7, 3), draw_windows(index, 20, 7, 3));
  EXPECT_NE(draw_windows(index, 20, 7, 3), draw_windows(index, 20, 7, 4));
  EXPECT_NE(draw_windows(index, 20, 7, 3), draw_windows(index, 20, 8, 3));
}

TEST(WindowData, HeldOutEpisodesAreNotTrainedOn) {
  const RolloutSet set = tiny_rollouts(default_character(), 40, 12);
  const WindowIndex index = index_windows(set, kShape, 0.5, 0.3, 1);
  std::set<std::int32_t> held;
  for (const auto start : index.validation) held.insert(start / 12);
  EXPECT_GT(held.size(), 3u);
  for (const auto start : draw_windows(index, 500, 1, 0)) EXPECT_FALSE(held.contains(start / 12));
}

TEST(WindowData, BalanceGivesRareMotionItsShare) {
  WindowIndex index;
  index.bins = {{std::vector<std::int32_t>(10000, 1)}, {std::vector<std::int32_t>(100, 2)}};
  index.cumulative = {100.0 / 110, 1.0};  // what balance 0.5 gives
  int rare = 0;
  for (const auto start : draw_windows(index, 11000, 1, 0)) rare += start == 2;
  EXPECT_NEAR(rare, 1000, 150);
}

TEST(WindowData, CutWindowsHoldFeaturesLabelsAndExecutedActions) {
  const RolloutSet set = tiny_rollouts(default_character(), 2, 20);
  const StateLayout layout = state_layout(*default_character());
  const WindowData data(set, layout, kShape, torch::kCPU);
  const PhysicalWindows plain = data.cut({3, 25}, false);
  EXPECT_EQ(plain.states.sizes(), (std::vector<std::int64_t>{2, 10, layout.dim()}));
  EXPECT_EQ(plain.actions.sizes(), (std::vector<std::int64_t>{2, 7, set.nu}));
  EXPECT_EQ(plain.executed.sizes(), (std::vector<std::int64_t>{2, 3, set.nu}));
  EXPECT_FLOAT_EQ(plain.actions[1][2][5].item<float>(), set.action[27 * set.nu + 5]);
  EXPECT_FLOAT_EQ(plain.executed[0][1][4].item<float>(), set.executed[4 * set.nu + 4]);
  const PhysicalWindows mirrored = data.cut({3, 25}, true);
  EXPECT_EQ(testing::max_abs(mirrored.states[0] - plain.states[0]), 0);
  EXPECT_LT(testing::max_abs(mirrored.states[1] - mirror_states(layout, plain.states[1])), 1e-5);
  EXPECT_LT(testing::max_abs(mirrored.actions[1] - mirror_actions(layout, plain.actions[1])), 1e-6);
}

}  // namespace
}  // namespace foresight
