#include "controller/costs/limb_pose.h"

#include <gtest/gtest.h>

#include "controller/state_layout.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

TEST(LimbPose, BendsToATipWithinReachOnTheSideThatItIsBentTo) {
  const Vector3d joint(0.1, 0, 1), tip(0.5, 0, 1);
  for (const double side : {-1.0, 1.0}) {
    std::vector<Vector3d> points = {joint + Vector3d(0.1, 0.2 * side, 0),
                                    joint + Vector3d(0.2, 0, 0)};
    bend_limb(joint, {0.3, 0.3}, tip, points);
    // Half of 0.4 m along, sqrt(0.3^2 - 0.2^2) across.
    EXPECT_LT((points[0] - Vector3d(0.3, side * std::sqrt(0.05), 1)).norm(), 2e-3);
    EXPECT_LT((points[1] - tip).norm(), 2e-3);
  }
}

TEST(LimbPose, StretchesTowardsATipOutOfReach) {
  const Vector3d joint(0, 0, 1);
  std::vector<Vector3d> points = {{0, 0.1, 0.8}, {0, 0.1, 0.6}};
  bend_limb(joint, {0.3, 0.2}, {2, 0, 1}, points);
  EXPECT_NEAR((points[0] - joint).norm(), 0.3, 1e-9);
  EXPECT_NEAR((points[1] - points[0]).norm(), 0.2, 1e-9);
  EXPECT_LT((points[1] - Vector3d(0.495, 0, 1)).norm(), 0.01);
}

TEST(LimbPose, KeepsEveryLengthOfAChainOfThree) {
  const Vector3d joint(0, 0.1, 0.9);
  const std::vector<double> lengths = {0.42, 0.41, 0.15};
  std::vector<Vector3d> points = {{0.1, 0.1, 0.5}, {0, 0.1, 0.1}, {0.13, 0.1, 0.03}};
  bend_limb(joint, lengths, {0.5, 0.2, 0.5}, points);
  Vector3d from = joint;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_NEAR((points[i] - from).norm(), lengths[i], 1e-9);
    from = points[i];
  }
  EXPECT_LT((points[2] - Vector3d(0.5, 0.2, 0.5)).norm(), 5e-3);
}

TEST(LimbPose, LimbsOfTheHumanoidEndWhereTheTrunkBegins) {
  const StateLayout layout = state_layout(*default_character());
  const Limb& arm = layout.limbs[layout.key_point("right_forearm")];
  EXPECT_EQ(arm.keys, (std::vector<int>{layout.key_point("right_upper_arm"),
                                        layout.key_point("right_forearm")}));
  EXPECT_EQ(arm.trunk, layout.key_point("chest"));
  EXPECT_NEAR(arm.lengths[0], 0.2748, 1e-4);
  EXPECT_NEAR(arm.lengths[1], 0.2589, 1e-4);
  EXPECT_LT((arm.axis - Vector3d(0, 0, -1)).norm(), 1e-9);
  EXPECT_EQ(layout.end_effectors[arm.end_effector], "right_forearm");
  EXPECT_EQ(layout.limbs[layout.key_point("left_foot")].keys.size(), 3u);
  EXPECT_TRUE(layout.limbs[layout.key_point("pelvis")].keys.empty());
}

}  // namespace
}  // namespace foresight
