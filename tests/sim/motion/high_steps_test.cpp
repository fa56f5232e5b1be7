#include "sim/motion/high_steps.h"

#include <gtest/gtest.h>

#include "sim/motion/foot_contacts.h"
#include "sim/motion/retarget.h"
#include "tests/sim/motion/motion_fixtures.h"

namespace foresight {
namespace {

class HighSteps : public ::testing::Test {
 protected:
  HighSteps() : solver(*c) { moved = add_high_steps(*c, clip, rng); }

  Eigen::VectorXd heights(const Clip& of, const Sole& sole) {
    return sole_height(sole_track(sole, of.qpos, solver));
  }

  const std::shared_ptr<const Character> c = default_character();
  const Clip clip = retarget(*c, fixtures::walking_source(8, 60), {}, nullptr);
  PoseSolver solver;
  Rng rng{5};
  Clip moved;
};

TEST_F(HighSteps, LiftBothFeet) {
  for (const Sole& sole : find_soles(*c)) {
    const double before = heights(clip, sole).maxCoeff(), after = heights(moved, sole).maxCoeff();
    EXPECT_GT(after, before + 0.08);
    EXPECT_LT(after, before + 0.45);
  }
}

TEST_F(HighSteps, WhatStandsGoesOnStandingWhereItWas) {
  for (const Sole& sole : find_soles(*c)) {
    const auto before = sole_track(sole, clip.qpos, solver);
    const auto after = sole_track(sole, moved.qpos, solver);
    const auto on = find_contacts(before, clip.fps);
    double worst = 0, mean = 0, count = 0;
    for (int t = 0; t < clip.frames(); ++t) {
      if (!on[t]) continue;
      const double moved_by = (after[t] - before[t]).colwise().norm().maxCoeff();
      worst = std::max(worst, moved_by);
      mean += moved_by;
      ++count;
    }
    EXPECT_LT(mean / count, 0.01);
    EXPECT_LT(worst, 0.08);
  }
}

TEST_F(HighSteps, AreSmooth) {
  const int n = clip.frames() - 1;
  EXPECT_LT((moved.qpos.rightCols(n) - moved.qpos.leftCols(n)).cwiseAbs().maxCoeff(), 0.6);
}

}  // namespace
}  // namespace foresight
