#include "tests/controller/costs/swinging_foot.h"

namespace foresight {
namespace {

using Eigen::Vector3d;
using testing::kFootFrames;

class Stepping : public testing::SwingingFoot {
 protected:
  Stepping() : SwingingFoot(stepping_cost(1)) {}

  Vector3d foot(const PredictedMotion& m, int f) const {
    return 0.5 * (m.key_position(f, ankle) + m.key_position(f, toe));
  }

  // Two platforms; the gap between them begins and ends so far before where the foot stands.
  void put_platforms(double from, double to) {
    const double x = foot(motion(), 0).x();
    Obstacle platform;
    platform.half = {1, 1, 0.5};
    platform.centre = {x + from - 1, 0, -0.5};
    world.stand_on = {platform};
    platform.centre.x() = x + to + 1;
    world.stand_on.push_back(platform);
  }

  PredictedMotion moved(const MotionGradient& gradient) {
    moved_ = tokens;
    moved_.rightCols(kFootFrames) += gradient.moves();
    return {layout, moved_.data(), kFootFrames + 1, 0};
  }

  Eigen::MatrixXd moved_;
};

TEST_F(Stepping, AFootThatWouldStandInTheGapIsSetDownBeyondIt) {
  put_platforms(0.06, 0.19);
  swing(5, 9, 0.15);
  const PredictedMotion before = motion();
  MotionGradient gradient(before);
  EXPECT_GT(cost.term(before, world, gradient), 0);
  const PredictedMotion after = moved(gradient);
  const double edge = foot(before, 0).x() + 0.19;
  for (int f = 9; f < kFootFrames; ++f) {  // 0.18 m inside, or as far as a leg reaches
    EXPECT_GT(foot(after, f).x(), edge + 0.12) << f;
    EXPECT_LT(foot(after, f).x(), edge + 0.181) << f;
  }
  // What has stood goes on standing; the swing goes from there to the new place.
  EXPECT_EQ(gradient.moves().leftCols(3).norm(), 0);
  for (int f = 5; f < 8; ++f) {
    const double shift = foot(after, f).x() - foot(before, f).x();
    EXPECT_GT(shift, 0) << f;
    EXPECT_LT(shift, 0.23) << f;
  }
  EXPECT_GT(after.key_position(6, toe).z(), 0.12) << "over the gap";
  const int other = layout.key_point("right_foot");
  EXPECT_EQ((after.key_position(20, other) - before.key_position(20, other)).norm(), 0);
}

TEST_F(Stepping, TheNearerPlatformIsTaken) {
  put_platforms(0.35, 0.95);
  swing(5, 15, 0.45);
  const PredictedMotion before = motion();
  MotionGradient gradient(before);
  cost.term(before, world, gradient);
  EXPECT_NEAR(foot(moved(gradient), 20).x(), foot(before, 0).x() + 0.35 - 0.18, 0.02);
}

TEST_F(Stepping, AFootThatLandsWellInsideIsLeftAlone) {
  put_platforms(0.7, 1.0);
  swing(5, 15, 0.4);
  EXPECT_EQ(value(), 0);
}

TEST_F(Stepping, AFootThatStandsNowIsLeftAlone) {
  put_platforms(-1.5, 0.3);
  EXPECT_EQ(value(), 0);
}

}  // namespace
}  // namespace foresight
