#include "controller/pose_from_state.h"

#include <gtest/gtest.h>

#include "controller/features.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

class PoseFromState : public ::testing::Test {
 protected:
  /// Targets of a pose by way of its token.
  PoseTargets targets_of(const std::vector<double>& qpos) {
    World world(character, Scene{});
    world.set_state(qpos, std::vector<double>(character->nv, 0.0));
    BodyState state;
    world.body_state(state);
    auto raw = torch::zeros({1, 1, layout.raw.size()});
    write_raw_frame(state, Eigen::Vector2d::Zero(),
                    {raw.data_ptr<float>(), static_cast<std::size_t>(layout.raw.size())});
    const auto token = window_features(layout, raw, 0).contiguous();
    return pose_targets(layout, {token.data_ptr<float>(), static_cast<std::size_t>(layout.dim())},
                        state.root_position.head<2>(), yaw_of(state.root_rotation));
  }

  std::vector<double> random_pose(Rng& rng, double amount) {
    std::vector<double> qpos, qvel;
    testing::random_state(*character, rng, qpos, qvel);
    for (int j = 0; j < character->nu; ++j) {
      const double low = character->model->jnt_range[2 * (j + 1)];
      const double high = character->model->jnt_range[2 * (j + 1) + 1];
      qpos[7 + j] = std::clamp(amount * rng.normal(), low, high);
    }
    return qpos;
  }

  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
};

TEST_F(PoseFromState, KeyPointsComeBackWithinAFewMillimetresFromACold) {
  Rng rng{2};
  for (int i = 0; i < 10; ++i) {
    StatePoseSolver solver(character);
    const auto qpos = random_pose(rng, 0.3);
    solver.solve(targets_of(qpos));
    EXPECT_LT(solver.error(), 0.005) << "pose " << i;
  }
}

TEST_F(PoseFromState, RootAndLimitsAreKept) {
  Rng rng{4};
  StatePoseSolver solver(character);
  const auto qpos = random_pose(rng, 0.4);
  const Eigen::VectorXd& pose = solver.solve(targets_of(qpos));
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(pose[i], qpos[i], 1e-5);
  for (int j = 0; j < character->nu; ++j) {
    EXPECT_GE(pose[7 + j], character->model->jnt_range[2 * (j + 1)] - 1e-9);
    EXPECT_LE(pose[7 + j], character->model->jnt_range[2 * (j + 1) + 1] + 1e-9);
  }
}

TEST_F(PoseFromState, WarmStartFollowsASmoothMotion) {
  Rng rng{6};
  const auto a = random_pose(rng, 0.2), b = random_pose(rng, 0.2);
  StatePoseSolver solver(character);
  for (int t = 0; t <= 30; ++t) {
    std::vector<double> qpos = a;
    for (int j = 0; j < character->nu; ++j) qpos[7 + j] += (b[7 + j] - a[7 + j]) * t / 30.0;
    solver.solve(targets_of(qpos));
    EXPECT_LT(solver.error(), 0.005) << "frame " << t;
  }
}

}  // namespace
}  // namespace foresight
