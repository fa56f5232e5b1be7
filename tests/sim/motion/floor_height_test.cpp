#include "sim/motion/floor_height.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

TEST(LowerEnvelope, FollowsATiltAndIgnoresShortFlights) {
  Eigen::VectorXd height(120);
  for (int t = 0; t < 120; ++t) height[t] = 0.001 * t;
  Eigen::VectorXd jumping = height;
  jumping.segment(50, 20).array() += 0.4;  // two thirds of a second in the air
  const Eigen::VectorXd floor = lower_envelope(jumping, 15);
  for (int t = 15; t < 105; ++t) EXPECT_NEAR(floor[t], height[t], 0.021) << t;
  EXPECT_TRUE((floor.array() <= jumping.array()).all());
}

// A standing body whose captured floor rises by 6 cm over four seconds.
TEST(FloorHeight, OfAStandingBodyIsWhatItsSolesStandOn) {
  const auto c = default_character();
  PoseSolver solver(*c);
  Eigen::MatrixXd qpos(c->nq, 120);
  for (int t = 0; t < 120; ++t) {
    for (int k = 0; k < c->nq; ++k) qpos(k, t) = c->model->qpos0[k];
    qpos(2, t) += 0.0005 * t;
  }
  const Eigen::VectorXd floor = floor_height(*c, qpos, 30, solver);
  for (int t = 20; t < 100; ++t) EXPECT_NEAR(floor[t] - floor[20], 0.0005 * (t - 20), 1e-9);
}

}  // namespace
}  // namespace foresight
