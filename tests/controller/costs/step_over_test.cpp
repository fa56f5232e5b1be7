#include <gtest/gtest.h>

#include "controller/costs/terms.h"
#include "controller/state_token.h"
#include "sim/world.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr int kLength = 30;  // frames after now
constexpr double kDt = 1.0 / 30;

/// A body that stands still, but for its left foot, which may swing forwards.
class StepOver : public ::testing::Test {
 protected:
  StepOver() {
    const World standing(character, Scene{});
    BodyState state;
    standing.body_state(state);
    tokens = state_token(layout, state, {}).replicate(1, kLength + 1);
    const Limb& leg = layout.limbs[toe];
    ankle = leg.keys[1];
    knee = leg.keys[0];
  }

  // Frames after `from` until `to` go forwards by `far` in all, with the whole foot.
  void swing(int from, int to, double far) {
    const double speed = far / ((to - from) * kDt);
    for (int t = from + 1; t <= kLength; ++t) {
      const bool flies = t < to;
      const double way = flies ? speed * (t - from) * kDt : far;
      for (const int key : {ankle, toe}) {
        tokens(layout.key_position() + 3 * key, t) += way;
        tokens(layout.key_velocity() + 3 * key, t) += flies ? speed : 0;
      }
    }
  }

  // Across the way of the left foot, its middle so far before where the foot stands.
  void put_box(double ahead, double height) {
    const PredictedMotion still = motion();
    const Vector3d foot = 0.5 * (still.key_position_now(ankle) + still.key_position_now(toe));
    Obstacle box;
    box.half = {0.1, 1, height / 2};
    box.centre = {foot.x() + ahead, foot.y(), height / 2};
    world.step_over = {box};
  }

  PredictedMotion motion() const { return {layout, tokens.data(), kLength + 1, 0}; }
  double value() const {
    const PredictedMotion m = motion();
    MotionGradient gradient(m);
    return cost.term(m, world, gradient);
  }

  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
  int toe = layout.key_point("left_foot"), ankle = 0, knee = 0;
  Eigen::MatrixXd tokens;
  CostWorld world = [] {
    CostWorld w;
    w.dt = kDt;
    return w;
  }();
  Cost cost = clearance_cost(1);
};

TEST_F(StepOver, TheSwingingFootRisesAndItsLegBends) {
  put_box(0.35, 0.25);
  swing(5, 20, 0.7);
  const PredictedMotion before = motion();
  MotionGradient gradient(before);
  EXPECT_GT(cost.term(before, world, gradient), 0);
  EXPECT_EQ(gradient.rows().norm(), 0);
  Eigen::MatrixXd moved = tokens;
  moved.rightCols(kLength) += gradient.moves();
  const PredictedMotion after(layout, moved.data(), kLength + 1, 0);
  const Limb& leg = layout.limbs[toe];
  for (int f = 0; f < kLength; ++f) {
    const int t = f + 1;
    if (t <= 5 || t >= 20) {
      EXPECT_EQ(gradient.moves().col(f).norm(), 0) << "stands in frame " << t;
      continue;
    }
    const Vector3d hip = after.key_position(f, leg.trunk) + after.from_own(f, leg.joint);
    const Vector3d k = after.key_position(f, knee), a = after.key_position(f, ankle);
    const double far = (before.key_position(f, ankle) - hip).norm();
    if (far < leg.lengths[0] + leg.lengths[1]) {  // the made up swing overstretches the leg
      EXPECT_NEAR((k - hip).norm(), leg.lengths[0], 1e-6) << t;
      EXPECT_NEAR((a - k).norm(), leg.lengths[1], 1e-2) << t;
    }
    const double middle = 0.5 * (a.x() + after.key_position(f, toe).x());
    if (std::abs(middle - world.step_over[0].centre.x()) < 0.1) {
      EXPECT_GT(after.key_position(f, toe).z(), 0.25 + 0.1) << t;
    }
    // The other leg stands.
    const int other = layout.key_point("right_foot");
    EXPECT_EQ((after.key_position(f, other) - before.key_position(f, other)).norm(), 0) << t;
  }
}

TEST_F(StepOver, AFootThatWouldStandThereStandsBeside) {
  put_box(0.4, 0.15);
  swing(2, 8, 0.25);
  const PredictedMotion m = motion();
  MotionGradient gradient(m);
  cost.term(m, world, gradient);
  for (const int key : {ankle, toe}) {
    const int number = layout.key_position() + 3 * key;
    EXPECT_GT(gradient.rows()(number, 20), 0.1) << "is pushed back";
    constexpr double kStep = 1e-6;
    const double here = tokens(number, 21);
    tokens(number, 21) = here + kStep;
    const double up = value();
    tokens(number, 21) = here - kStep;
    EXPECT_NEAR(gradient.rows()(number, 20), (up - value()) / (2 * kStep), 1e-5);
    tokens(number, 21) = here;
  }
}

TEST_F(StepOver, AFootThatStandsThereNowOrPassesBesideIsLeftAlone) {
  put_box(0.1, 0.15);
  EXPECT_EQ(value(), 0);
  put_box(1.5, 0.15);
  swing(2, 8, 0.5);
  EXPECT_EQ(value(), 0);
}

}  // namespace
}  // namespace foresight
