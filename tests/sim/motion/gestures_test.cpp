#include "sim/motion/gestures.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

Clip standing_clip(const Character& c) {
  Clip clip;
  const Eigen::Map<const Eigen::VectorXd> rest(c.model->qpos0, c.nq);
  clip.qpos = rest.replicate(1, 300);
  return clip;
}

TEST(Gestures, MoveOnlyTheArmsAndWithinTheirLimits) {
  const auto c = default_character();
  const Clip clip = standing_clip(*c);
  Rng rng{3};
  const Clip moved = add_gestures(*c, clip, rng);
  for (int j = 0; j < c->nu; ++j) {
    const std::string& name = c->joint_names[j];
    const bool arm =
        name.find("shoulder") != std::string::npos || name.find("elbow") != std::string::npos;
    const auto angles = moved.qpos.row(7 + j);
    const double change = (angles - clip.qpos.row(7 + j)).cwiseAbs().maxCoeff();
    EXPECT_EQ(change > 0, arm) << name;
    if (!arm) continue;
    EXPECT_GE(angles.minCoeff(), c->model->jnt_range[2 * (j + 1)] - 1e-9) << name;
    EXPECT_LE(angles.maxCoeff(), c->model->jnt_range[2 * (j + 1) + 1] + 1e-9) << name;
  }
  EXPECT_EQ(moved.qpos.topRows(7), clip.qpos.topRows(7));
}

TEST(Gestures, AreSmoothAndReachOut) {
  const auto c = default_character();
  Rng rng{4};
  const Clip moved = add_gestures(*c, standing_clip(*c), rng);
  const int n = moved.frames() - 1;
  EXPECT_LT((moved.qpos.rightCols(n) - moved.qpos.leftCols(n)).cwiseAbs().maxCoeff(), 0.3);
  const DataPtr data(mj_makeData(c->model.get()));
  const int hand = mj_name2id(c->model.get(), mjOBJ_SITE, "right_forearm_key");
  double furthest = 0;
  for (int t = 0; t < moved.frames(); ++t) {
    std::copy(moved.qpos.col(t).begin(), moved.qpos.col(t).end(), data->qpos);
    mj_kinematics(c->model.get(), data.get());
    furthest = std::max(furthest, data->site_xpos[3 * hand]);
  }
  EXPECT_GT(furthest, 0.2) << "in front of the body, m";
}

}  // namespace
}  // namespace foresight
