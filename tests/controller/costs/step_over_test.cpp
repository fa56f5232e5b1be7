#include "tests/controller/costs/swinging_foot.h"

namespace foresight {
namespace {

using Eigen::Vector3d;
using testing::kFootFrames;

class StepOver : public testing::SwingingFoot {
 protected:
  StepOver() : SwingingFoot(clearance_cost(1)) {}

  // Across the way of the left foot, its middle so far before where the foot stands.
  void put_box(double ahead, double height) {
    const PredictedMotion still = motion();
    const Vector3d foot = 0.5 * (still.key_position_now(ankle) + still.key_position_now(toe));
    Obstacle box;
    box.half = {0.1, 1, height / 2};
    box.centre = {foot.x() + ahead, foot.y(), height / 2};
    world.step_over = {box};
  }
};

TEST_F(StepOver, TheSwingingFootRisesAndItsLegBends) {
  put_box(0.35, 0.25);
  swing(5, 20, 0.7);
  const PredictedMotion before = motion();
  MotionGradient gradient(before);
  EXPECT_GT(cost.term(before, world, gradient), 0);
  EXPECT_EQ(gradient.rows().norm(), 0);
  Eigen::MatrixXd moved = tokens;
  moved.rightCols(kFootFrames) += gradient.moves();
  const PredictedMotion after(layout, moved.data(), kFootFrames + 1, 0);
  const Limb& leg = layout.limbs[toe];
  for (int f = 0; f < kFootFrames; ++f) {
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
    EXPECT_GT(gradient.rows()(layout.key_position() + 3 * key, 20), 0.1) << "is pushed back";
  }
  constexpr double kStep = 1e-6;
  for (int t = 9; t <= kFootFrames; t += 4) {  // it stands in these
    for (int number = 0; number < layout.dim(); ++number) {
      const double here = tokens(number, t);
      tokens(number, t) = here + kStep;
      const double up = value();
      tokens(number, t) = here - kStep;
      EXPECT_NEAR(gradient.rows()(number, t - 1), (up - value()) / (2 * kStep), 1e-5) << number;
      tokens(number, t) = here;
    }
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
