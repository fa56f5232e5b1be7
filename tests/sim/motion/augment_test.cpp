#include "sim/motion/augment.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/motion/retarget.h"
#include "sim/rotation.h"
#include "tests/sim/motion/motion_fixtures.h"

namespace foresight {
namespace {

const Clip& walk() {
  static const Clip clip = [] {
    Clip c = retarget(*default_character(), fixtures::walking_source(4, 60), {}, nullptr);
    c.name = "set/walk";
    return c;
  }();
  return clip;
}

double yaw_at(const Clip& clip, int t) {
  return yaw_of(quat_from_wxyz(clip.qpos.col(t).data() + 3));
}

double path_length(const Clip& clip) {
  const int n = clip.frames() - 1;
  return (clip.qpos.rightCols(n) - clip.qpos.leftCols(n)).topRows<2>().colwise().norm().sum();
}

double largest_step(const Clip& clip, int rows) {
  const int n = clip.frames() - 1;
  return (clip.qpos.rightCols(n) - clip.qpos.leftCols(n)).bottomRows(rows).cwiseAbs().maxCoeff();
}

RetargetReport feet_of(const Clip& clip) {
  const auto c = default_character();
  PoseSolver solver(*c);
  RetargetReport report;
  measure_feet(find_soles(*c), clip, solver, report);
  return report;
}

TEST(Credits, AreGivenOncePerWord) {
  Clip clip, from;
  clip.licence = "MIT+CMU";
  from.licence = "CMU+MIT+CMU-2";
  from.name = "set/walk";
  add_credit(clip, from);
  add_credit(clip, from);
  EXPECT_EQ(clip.licence, "MIT+CMU+CMU-2");
  EXPECT_EQ(clip.source, "set/walk");
}

TEST(MirrorClip, TwiceIsTheIdentity) {
  const auto c = default_character();
  const Clip once = mirror_clip(*c, walk());
  EXPECT_EQ(once.name, "set/walk~mirror");
  EXPECT_GT((once.qpos - walk().qpos).cwiseAbs().maxCoeff(), 0.1);
  const Clip twice = mirror_clip(*c, once);
  EXPECT_EQ(twice.name, walk().name);
  EXPECT_EQ(twice.qpos, walk().qpos);
}

TEST(MirrorClip, SwapsTheFeet) {
  const auto c = default_character();
  PoseSolver solver(*c);
  const Clip mirrored = mirror_clip(*c, walk());
  const int left = mj_name2id(c->model.get(), mjOBJ_BODY, "left_foot");
  const int right = mj_name2id(c->model.get(), mjOBJ_BODY, "right_foot");
  const Vector3d a =
      Eigen::Map<const Vector3d>(solver.kinematics(walk().qpos.col(10)).xpos + 3 * left);
  const Vector3d b =
      Eigen::Map<const Vector3d>(solver.kinematics(mirrored.qpos.col(10)).xpos + 3 * right);
  EXPECT_LT((a - Vector3d(b.x(), -b.y(), b.z())).norm(), 1e-9);
}

TEST(BendPath, TurnsByTheAngleAndKeepsTheSpeed) {
  const auto c = default_character();
  for (const double curvature : {0.5, -0.3}) {
    const Clip bent = bend_path(*c, walk(), curvature);
    ASSERT_EQ(bent.frames(), walk().frames());
    const double length = path_length(walk());
    EXPECT_NEAR(path_length(bent), length, 0.03 * length);
    const int last = bent.frames() - 1;
    const double before = yaw_at(walk(), last) - yaw_at(walk(), 0);
    EXPECT_NEAR(yaw_at(bent, last) - yaw_at(bent, 0) - before, curvature * length, 0.1);
    // The chord of an arc.
    const Eigen::Vector2d chord = (bent.qpos.col(last) - bent.qpos.col(0)).head<2>();
    const double expected = 2 / curvature * std::sin(0.5 * curvature * length);
    EXPECT_NEAR(chord.norm(), expected, 0.05 * length);
    EXPECT_EQ(chord.y() > 0, curvature > 0);
  }
}

TEST(BendPath, FeetDoNotSlideOrSink) {
  const Clip bent = bend_path(*default_character(), walk(), 0.5);
  const RetargetReport feet = feet_of(bent);
  EXPECT_LT(feet.foot_slide, 0.05);
  EXPECT_LT(feet.penetration_cm, 1.0);
  EXPECT_LT(largest_step(bent, default_character()->nu), 0.5);
}

TEST(BendPath, NoCurvatureChangesNothing) {
  const Clip same = bend_path(*default_character(), walk(), 0.0);
  EXPECT_LT((same.qpos - walk().qpos).topRows<3>().cwiseAbs().maxCoeff(), 0.01);
}

TEST(WarpTime, ScalesSpeedAndKeepsTheEnds) {
  const auto c = default_character();
  for (const double speed : {0.5, 1.25}) {
    const Clip warped = warp_time(*c, walk(), speed);
    EXPECT_NEAR(warped.seconds(), walk().seconds() / speed, 1.0 / walk().fps);
    EXPECT_LT((warped.qpos.col(0) - walk().qpos.col(0)).norm(), 1e-9);
    EXPECT_NEAR(path_length(warped) / warped.seconds(),
                speed * path_length(walk()) / walk().seconds(), 0.05);
  }
  EXPECT_THROW(warp_time(*c, walk(), 0), InputError);
}

TEST(Transition, IsContinuousFromAnywhereToAnywhere) {
  const auto c = default_character();
  Clip other = warp_time(*c, walk(), 0.8);
  for (int t = 0; t < other.frames(); ++t) {  // somewhere else, facing elsewhere
    const Quaterniond turn = quat_from_yaw(2.0);
    other.qpos.col(t).head<3>() = turn * Vector3d(other.qpos.col(t).head<3>()) + Vector3d(5, -3, 0);
    quat_to_wxyz(turn * quat_from_wxyz(&other.qpos(3, t)), &other.qpos(3, t));
  }
  const int fade = 12;
  const Clip both = transition(*c, walk(), other, fade);
  ASSERT_EQ(both.frames(), walk().frames() + other.frames() - fade);
  EXPECT_LT((both.qpos.leftCols(20) - walk().qpos.leftCols(20)).norm(), 1e-9);
  const double step = std::max(largest_step(walk(), c->nu), largest_step(other, c->nu));
  EXPECT_LT(largest_step(both, c->nu), step + 0.15);
  for (int t = 1; t < both.frames(); ++t) {
    EXPECT_LT((both.qpos.col(t) - both.qpos.col(t - 1)).head<3>().norm(), 0.08) << t;
    EXPECT_LT((both.qpos.col(t) - both.qpos.col(t - 1)).segment<4>(3).norm(), 0.1) << t;
  }
  EXPECT_THROW(transition(*c, walk(), other, 1000), InputError);
}

}  // namespace
}  // namespace foresight
