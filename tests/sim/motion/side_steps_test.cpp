#include "sim/motion/side_steps.h"

#include <gtest/gtest.h>

#include "sim/motion/retarget.h"
#include "sim/rotation.h"
#include "tests/sim/motion/motion_fixtures.h"

namespace foresight {
namespace {

const Clip& walk() {
  static const Clip clip =
      retarget(*default_character(), fixtures::walking_source(4, 60), {}, nullptr);
  return clip;
}

Eigen::Vector2d travelled(const Clip& clip) {
  return (clip.qpos.col(clip.frames() - 1) - clip.qpos.col(0)).head<2>();
}

double foot_slide(const Clip& clip) {
  const auto c = default_character();
  PoseSolver solver(*c);
  RetargetReport report;
  measure_feet(find_soles(*c), clip, solver, report);
  return report.foot_slide;
}

Clip travel(double forward, double left) {
  const std::vector<Travel> all(walk().frames(), Travel{forward, left});
  return change_travel(*default_character(), walk(), all);
}

TEST(ChangeTravel, GoesWhereItIsTold) {
  const double length = travelled(walk()).norm();
  const Eigen::Vector2d ahead = travelled(walk()) / length, left(-ahead.y(), ahead.x());
  for (const Travel& t : {Travel{-0.5, 0}, Travel{0, 0.4}, Travel{0.6, -0.3}}) {
    const Eigen::Vector2d way = travelled(travel(t.forward, t.left)) / length;
    EXPECT_NEAR(way.dot(ahead), t.forward, 0.04);
    EXPECT_NEAR(way.dot(left), t.left, 0.04);
  }
}

TEST(ChangeTravel, HeadingsStayAndFeetDoNotSlide) {
  for (const Travel& t : {Travel{-0.5, 0}, Travel{0, 0.4}}) {
    const Clip clip = travel(t.forward, t.left);
    for (int f = 0; f < clip.frames(); f += 10) {
      const Quaterniond before = quat_from_wxyz(walk().qpos.col(f).data() + 3);
      const Quaterniond after = quat_from_wxyz(clip.qpos.col(f).data() + 3);
      EXPECT_NEAR(std::remainder(yaw_of(after) - yaw_of(before), 6.2831853), 0, 0.15) << f;
    }
    EXPECT_LT(foot_slide(clip), foot_slide(walk()) + 0.05);
  }
}

TEST(ChangeTravel, AsItWasChangesNothing) {
  EXPECT_LT((travel(1, 0).qpos - walk().qpos).topRows<3>().cwiseAbs().maxCoeff(), 0.01);
}

TEST(AddSideSteps, IsDrawnBySeed) {
  const auto c = default_character();
  Rng one{5}, same{5}, other{6};
  const Clip a = add_side_steps(*c, walk(), one);
  EXPECT_EQ(a.qpos, add_side_steps(*c, walk(), same).qpos);
  EXPECT_NE(a.qpos, add_side_steps(*c, walk(), other).qpos);
  EXPECT_EQ(a.frames(), walk().frames());
  EXPECT_TRUE(a.qpos.allFinite());
}

}  // namespace
}  // namespace foresight
