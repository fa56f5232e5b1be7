#include "models/rolling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "sim/base/error.h"

namespace foresight {
namespace {

std::vector<int> labels(const std::vector<int>& levels, int steps = 20) {
  std::vector<int> result;
  for (const int level : levels) result.push_back(std::clamp(level, 0, steps - 1));
  return result;
}

/// `count` times `value`, then first, first + 1, ... up to `size` entries.
std::vector<int> ramp(int count, int value, int first, int size) {
  std::vector<int> result(count, value);
  result.resize(size);
  std::iota(result.begin() + count, result.end(), first);
  return result;
}

/// The example of section 6: 20 frames, 8 actions ahead; there every frame has an action token.
RollingSpec published_spec() {
  RollingSpec spec;
  spec.frames = spec.action_frames = 20;
  spec.action_horizon = 8;
  spec.prune = false;
  return spec;
}

TEST(Rolling, StateRowsEqualThePublishedOnes) {
  const auto rows = rolling_rows(published_spec());
  ASSERT_EQ(rows.size(), 15u);
  std::vector<int> first(20, 14), last(20, 0);
  std::fill_n(first.begin(), 4, 0);  // history is overwritten with label 0
  first.back() = 19;
  last.back() = 10;
  EXPECT_EQ(labels(rows.front().state_levels), first);
  EXPECT_EQ(labels(rows.back().state_levels), last);
}

TEST(Rolling, ActionRowsEqualThePublishedOnes) {
  const auto rows = rolling_rows(published_spec());
  EXPECT_EQ(labels(rows[0].action_levels), labels(ramp(4, 11, 12, 20)));
  EXPECT_EQ(labels(rows[11].action_levels), ramp(4, 0, 1, 20));
  EXPECT_EQ(rows[11].action_down[3], 1);
  EXPECT_EQ(rows[12].action_down[3], 0);
}

TEST(Rolling, SixteenActionsStartAtLevelThree) {
  const RollingSpec spec;
  EXPECT_EQ(action_start_level(spec), 3);
  const auto rows = rolling_rows(spec);
  EXPECT_EQ(rows[0].action_levels, ramp(4, 3, 4, 20));
  EXPECT_EQ(rows[0].action_levels.back(), 19);
}

TEST(Rolling, CallsHoldOnlyTheActionTokensThatMatter) {
  std::vector<int> expected(15, 0), counts;
  std::fill_n(expected.begin(), 4, 4);
  expected[0] = 20;
  for (const Row& row : rolling_rows(RollingSpec{})) counts.push_back(row.action_tokens);
  EXPECT_EQ(counts, expected);

  RollingSpec last;
  last.action_rows = ActionRows::kLast;
  counts.clear();
  for (const Row& row : rolling_rows(last)) counts.push_back(row.action_tokens);
  std::rotate(expected.begin(), expected.begin() + 4, expected.end());
  EXPECT_EQ(counts, expected);
}

TEST(Rolling, FollowingAPlanTakesOnlyItsLastLevels) {
  RollingSpec spec;
  spec.roll_actions = false;
  spec.stride = 2;
  const auto rows = follow_rows(spec, 3);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].state_levels[3], -1);
  EXPECT_EQ(rows[0].state_levels[4], 3);
  EXPECT_EQ(rows[0].state_levels[35], 3);
  EXPECT_EQ(rows[0].action_levels[3], 19);
  EXPECT_EQ(rows[0].action_down[3], 18);
  EXPECT_EQ(rows[1].state_levels[4], 1);
  EXPECT_EQ(rows[1].action_levels[3], 1);
  for (const Row& row : rows) EXPECT_EQ(row.keep_state, std::vector<bool>(36, false));
}

TEST(Rolling, FirstControlStepHasAllLevels) {
  const auto rows = first_rows(RollingSpec{});
  ASSERT_EQ(rows.size(), 20u);
  EXPECT_EQ(rows.front().state_levels.back(), 19);
  EXPECT_EQ(rows.back().state_levels.back(), 0);
  EXPECT_EQ(rows.front().action_levels[3], 19);
  EXPECT_EQ(rows.back().action_levels[3], 0);
  EXPECT_EQ(rows.back().action_down[3], 1);
}

TEST(Rolling, WithoutRollingEverythingTakesAllSteps) {
  RollingSpec spec;
  spec.roll_states = spec.roll_actions = false;
  const auto rows = rolling_rows(spec);
  ASSERT_EQ(rows.size(), 20u);
  EXPECT_EQ(rows[0].state_levels[4], 19);
  EXPECT_EQ(rows[0].action_levels[3], 19);
  for (const Row& row : rows) EXPECT_FALSE(row.keep_actions);
}

TEST(Rolling, FreshActionsStartAsNoiseAndThenKeepToTheStatesLevel) {
  RollingSpec spec;
  spec.roll_actions = false;
  const auto rows = rolling_rows(spec);
  ASSERT_EQ(rows.size(), 15u);
  for (int i = 0; i < 15; ++i) {
    EXPECT_EQ(rows[i].state_levels[10], 14 - i);
    EXPECT_EQ(rows[i].action_levels[3], i == 0 ? 19 : 14 - i);
    EXPECT_EQ(rows[i].action_down[3], i == 0 ? 6 : 1);
    EXPECT_EQ(rows[i].action_tokens, 4) << "only those up to now";
    EXPECT_FALSE(rows[i].keep_actions);
  }
  EXPECT_EQ(first_rows(spec).front().action_levels[3], 19);
}

TEST(Rolling, ActionsMadeOnceAreNoiseUntilTheLastCallAndCostNoTokensBefore) {
  RollingSpec spec;
  spec.roll_actions = false;
  spec.stride = 2;
  spec.action_rows = ActionRows::kOnce;
  for (const auto& rows : {rolling_rows(spec), first_rows(spec), follow_rows(spec, 3)}) {
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
      EXPECT_EQ(rows[i].action_tokens, 0);
      EXPECT_EQ(rows[i].action_levels[3], 19);
    }
    EXPECT_EQ(rows.back().action_tokens, 4);
    EXPECT_EQ(rows.back().action_down[3], 20);
  }
  EXPECT_EQ(rolling_rows(spec).size(), 8U);
  spec.roll_actions = true;
  spec.stride = 1;
  EXPECT_THROW(rolling_rows(spec), InputError);
}

TEST(Rolling, TwoLevelsPerCallHalveTheCallsAndKeepEveryFrameAtTheRollLevel) {
  RollingSpec spec;
  spec.roll_actions = false;
  spec.stride = 2;
  EXPECT_EQ(rolling_rows(spec).size(), 8u);
  EXPECT_EQ(first_rows(spec).size(), 10u);
  for (const auto& rows : {first_rows(spec), rolling_rows(spec)}) {
    for (int frame = spec.history; frame < spec.frames; ++frame) {
      int kept = 0;
      for (const Row& row : rows) kept += row.keep_state[frame];
      EXPECT_EQ(kept, 1) << frame;
    }
    EXPECT_EQ(rows.back().state_levels[4], 0);
    EXPECT_EQ(rows.back().action_levels[3], 0);
  }
  spec.roll_actions = true;
  EXPECT_THROW(rolling_rows(spec), InputError);
}

TEST(Rolling, RollLevelThatNewFramesCannotReachIsRefused) {
  RollingSpec spec;
  spec.roll_level = 8;
  EXPECT_THROW(rolling_rows(spec), InputError);
  spec.roll_level = 20;
  EXPECT_THROW(rolling_rows(spec), InputError);
}

/// Levels of the action queue as one control step leaves it.
std::vector<int> kept_actions(const RollingSpec& spec, const std::vector<Row>& rows) {
  std::vector<int> kept;
  for (const Row& row : rows) {
    if (!row.keep_actions) continue;
    EXPECT_TRUE(kept.empty());
    for (int i = 0; i < spec.action_frames; ++i) {
      const bool advances = i >= spec.history && row.action_down[i] > 0;
      kept.push_back(row.action_levels[i] - (advances ? 1 : 0));
    }
  }
  return kept;
}

/// Labels must continue where the last control step left each frame's sample.
void expect_queue_continues(const RollingSpec& spec, const std::vector<Row>& before, int advance) {
  const auto kept = kept_actions(spec, before);
  const auto rows = rolling_rows(spec, advance);
  ASSERT_EQ(static_cast<int>(kept.size()), spec.action_frames);
  for (int i = 0; i + advance < spec.action_frames; ++i) {
    EXPECT_EQ(labels(rows[0].action_levels, spec.steps)[i],
              std::clamp(kept[i + advance], 0, spec.steps - 1))
        << "frame " << i << " after " << advance << " steps";
  }
  for (int i = spec.action_frames - advance; i < spec.action_frames; ++i) {
    EXPECT_GE(rows[0].action_levels[i], spec.steps - 1);
  }
}

void expect_every_state_kept_once(const RollingSpec& spec, const std::vector<Row>& rows) {
  for (int i = 0; i < spec.frames; ++i) {
    const auto times =
        std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.keep_state[i]; });
    EXPECT_EQ(times, i >= spec.history ? 1 : 0) << "frame " << i;
  }
}

TEST(Rolling, EachControlStepStartsWhereTheLastOneLeft) {
  for (const int steps : {5, 10, 20}) {
    for (const int horizon : {1, 4, 8, 16}) {
      for (const ActionRows order : {ActionRows::kFirst, ActionRows::kLast}) {
        RollingSpec spec;
        spec.steps = steps;
        spec.action_horizon = horizon;
        spec.action_frames = 4 + horizon;
        spec.roll_level = default_roll_level(steps);
        spec.action_rows = order;
        SCOPED_TRACE(std::to_string(steps) + " steps, " + std::to_string(horizon) + " actions");
        for (int advance = 1; advance <= std::min(3, horizon); ++advance) {
          expect_queue_continues(spec, first_rows(spec), advance);
          expect_queue_continues(spec, rolling_rows(spec, 1), advance);
          expect_queue_continues(spec, rolling_rows(spec, 2), advance);
          expect_every_state_kept_once(spec, rolling_rows(spec, advance));
        }
        expect_every_state_kept_once(spec, first_rows(spec));
      }
    }
  }
}

TEST(Rolling, CurrentActionAlwaysEndsClean) {
  for (const int steps : {5, 10, 20}) {
    RollingSpec spec;
    spec.steps = steps;
    spec.roll_level = default_roll_level(steps);
    for (const auto& rows : {first_rows(spec), rolling_rows(spec, 1), rolling_rows(spec, 3)}) {
      const auto done = std::count_if(rows.begin(), rows.end(), [](const Row& row) {
        return row.action_levels[3] == 0 && row.action_down[3] > 0;
      });
      EXPECT_EQ(done, 1);
    }
  }
}

}  // namespace
}  // namespace foresight
