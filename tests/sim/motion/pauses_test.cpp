#include "sim/motion/pauses.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

// Walks at 1 m/s, stands from frame 30 to 49 with the elbow slowing down until frame 40, walks on.
Clip stop_and_go(const Character& c) {
  Clip clip;
  clip.qpos.setZero(c.nq, 80);
  double x = 0, elbow = 0;
  for (int t = 0; t < 80; ++t) {
    const bool stands = t >= 30 && t < 50;
    clip.qpos(0, t) = x += stands ? 0 : 1 / clip.fps;
    clip.qpos(3, t) = 1;
    clip.qpos(c.nq - 1, t) = elbow += 0.002 * std::abs(t - 40.5);
  }
  return clip;
}

TEST(Pauses, RestWhereRootAndJointsAreSlowest) {
  const auto c = default_character();
  EXPECT_EQ(resting_frames(*c, stop_and_go(*c)), std::vector<int>{40});
}

TEST(Pauses, NoRestWithOneFootBehind) {
  const auto c = default_character();
  Clip clip = stop_and_go(*c);
  const int hip = mj_name2id(c->model.get(), mjOBJ_JOINT, "left_hip_y");
  ASSERT_GE(hip, 0);
  clip.qpos.row(c->model->jnt_qposadr[hip]).setConstant(0.5);
  EXPECT_TRUE(resting_frames(*c, clip).empty());
}

TEST(Pauses, HoldThatPoseAndKeepTheRest) {
  const auto c = default_character();
  const Clip clip = stop_and_go(*c);
  Rng rng{7};
  const Clip paused = add_pauses(*c, clip, 3, rng);
  const int added = paused.frames() - clip.frames();
  ASSERT_GT(added, 0);
  EXPECT_LE(added, 90);
  EXPECT_EQ(paused.qpos.leftCols(41), clip.qpos.leftCols(41));
  EXPECT_EQ(paused.qpos.middleCols(41, added), clip.qpos.col(40).replicate(1, added));
  EXPECT_EQ(paused.qpos.rightCols(39), clip.qpos.rightCols(39));
}

TEST(Pauses, AWalkWithoutRestStaysAsItIs) {
  const auto c = default_character();
  Clip clip = stop_and_go(*c);
  clip.qpos = clip.qpos.leftCols(25).eval();
  Rng rng{7};
  EXPECT_EQ(add_pauses(*c, clip, 3, rng).qpos, clip.qpos);
}

}  // namespace
}  // namespace foresight
