#include "controller/features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "sim/rotation.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

using testing::max_abs;
using testing::random_raw;

constexpr int kNow = 3;

class Features : public ::testing::Test {
 protected:
  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
  torch::Tensor raw = random_raw(*character, 3, 8, 11);
  torch::Tensor states = window_features(layout, raw, kNow);
};

TEST_F(Features, HumanoidTokenHas102NumbersInTheDocumentedOrder) {
  EXPECT_EQ(layout.dim(), 102);
  int next = 0;
  for (const StateRange& r : layout.ranges()) {
    EXPECT_EQ(r.first, next) << r.name;
    next += r.size;
  }
  EXPECT_EQ(next, layout.dim());
  EXPECT_EQ(layout.emphasised().front(), 78);
  EXPECT_EQ(layout.emphasised().back(), 89);
  EXPECT_EQ(states.sizes(), (std::vector<std::int64_t>{3, 8, 102}));
}

TEST_F(Features, CurrentFrameHasItsRootAboveTheOriginAndHeadsAlongX) {
  const PhysicalStates now{layout, states.narrow(1, kNow, 1)};
  EXPECT_LT(max_abs(now.root_position().narrow(-1, 0, 2)), 1e-6);
  EXPECT_LT(max_abs(now.heading() - torch::tensor({1.0f, 0.0f})), 1e-5);
  const auto height = raw.select(1, kNow).select(1, 2);
  EXPECT_LT(max_abs(now.root_position().select(-1, 2).flatten() - height), 1e-6);
}

TEST_F(Features, PlacedByHandOneFrameGivesHandComputedNumbers) {
  // Root at (2, 1, 0.9), heading +y, moving along +y; a key point one metre further along +y.
  auto frame = torch::zeros({1, 1, layout.raw.size()});
  auto f = frame[0][0];
  f[0] = 2.0;
  f[1] = 1.0;
  f[2] = 0.9;
  f[3] = std::sqrt(0.5);
  f[6] = std::sqrt(0.5);
  f[8] = 1.5;
  f[RawLayout::key_position] = 2.0;
  f[RawLayout::key_position + 1] = 2.0;
  f[RawLayout::key_position + 2] = 0.4;
  for (int e = 0; e < layout.E(); ++e) f[layout.raw.end_effector_rotation() + 4 * e] = 1.0;
  const auto x = window_features(layout, frame, 0)[0][0];
  EXPECT_NEAR(x[0].item<double>(), 1.0, 1e-6);  // in front
  EXPECT_NEAR(x[1].item<double>(), 0.0, 1e-6);
  EXPECT_NEAR(x[2].item<double>(), 0.4, 1e-6);
  EXPECT_NEAR(x[layout.root_velocity()].item<double>(), 1.5, 1e-6);
  EXPECT_NEAR(x[layout.key_velocity()].item<double>(), -1.5, 1e-6);
  EXPECT_NEAR(x[layout.end_effector_rotation() + 2].item<double>(), -std::numbers::pi / 2, 1e-5);
}

TEST_F(Features, DoNotChangeWhenTheWholeMotionIsMovedAndTurned) {
  World world(character, Scene{});
  const Quaterniond turned = quat_from_yaw(1.1);
  auto moved = raw.clone();
  const auto rotate = [&](std::int64_t first, bool position) {
    for (int b = 0; b < 3; ++b) {
      for (int t = 0; t < 8; ++t) {
        float* p = moved[b][t].data_ptr<float>() + first;
        const Vector3d v = turned * Vector3d(p[0], p[1], p[2]);
        p[0] = static_cast<float>(v.x() + (position ? 4.0 : 0.0));
        p[1] = static_cast<float>(v.y() - (position ? 2.0 : 0.0));
        p[2] = static_cast<float>(v.z());
      }
    }
  };
  const auto rotate_quaternion = [&](std::int64_t first) {
    for (int b = 0; b < 3; ++b) {
      for (int t = 0; t < 8; ++t) {
        float* p = moved[b][t].data_ptr<float>() + first;
        const Quaterniond q = turned * Quaterniond(p[0], p[1], p[2], p[3]);
        p[0] = static_cast<float>(q.w());
        p[1] = static_cast<float>(q.x());
        p[2] = static_cast<float>(q.y());
        p[3] = static_cast<float>(q.z());
      }
    }
  };
  rotate(RawLayout::root_position, true);
  rotate_quaternion(RawLayout::root_rotation);
  rotate(RawLayout::root_velocity, false);
  rotate(RawLayout::root_angular_velocity, false);
  for (int k = 0; k < layout.K(); ++k) {
    rotate(RawLayout::key_position + 3 * k, true);
    rotate(layout.raw.key_velocity() + 3 * k, false);
  }
  for (int e = 0; e < layout.E(); ++e)
    rotate_quaternion(layout.raw.end_effector_rotation() + 4 * e);
  EXPECT_LT(max_abs(window_features(layout, moved, kNow) - states), 2e-5);
}

TEST_F(Features, AccessorsGiveBackTheWorldWithin1e5) {
  const PhysicalStates x{layout, states};
  const auto heading = heading_of_quaternion(raw.narrow(-1, RawLayout::root_rotation, 4));
  const auto here = heading.narrow(1, kNow, 1);
  const auto origin = raw.narrow(1, kNow, 1).narrow(-1, 0, 3) * torch::tensor({1.0f, 1.0f, 0.0f});
  EXPECT_LT(max_abs(turn(here, x.root_position()) + origin - raw.narrow(-1, 0, 3)), 1e-5);
  EXPECT_LT(max_abs(turn(here, x.root_velocity()) - raw.narrow(-1, RawLayout::root_velocity, 3)),
            1e-5);
  EXPECT_LT(max_abs(turn(here, x.heading()) - heading), 1e-5);
  for (const int k : {0, 5, 12}) {
    const auto position = raw.narrow(-1, RawLayout::key_position + 3 * k, 3);
    const auto velocity = raw.narrow(-1, layout.raw.key_velocity() + 3 * k, 3);
    EXPECT_LT(max_abs(turn(here, x.key_position(k)) + origin - position), 1e-5);
    EXPECT_LT(max_abs(turn(here, x.key_velocity(k)) - velocity), 2e-5);
    EXPECT_LT(max_abs(x.key_positions().select(2, k) - x.key_position(k)), 1e-6);
  }
}

TEST_F(Features, MirrorTwiceIsIdentityAndCommutesWithFeatures) {
  EXPECT_EQ(max_abs(mirror_raw(layout, mirror_raw(layout, raw)) - raw), 0);
  EXPECT_EQ(max_abs(mirror_states(layout, mirror_states(layout, states)) - states), 0);
  const auto actions = torch::randn({2, 5, character->nu});
  EXPECT_EQ(max_abs(mirror_actions(layout, mirror_actions(layout, actions)) - actions), 0);
  const auto mirrored = window_features(layout, mirror_raw(layout, raw), kNow);
  EXPECT_LT(max_abs(mirrored - mirror_states(layout, states)), 1e-5);
}

TEST_F(Features, MirrorOfRawFramesIsTheMirroredPose) {
  World world(character, Scene{});
  Rng rng{5};
  std::vector<double> qpos, qvel;
  testing::random_state(*character, rng, qpos, qvel);
  std::fill(qvel.begin(), qvel.end(), 0.0);
  BodyState state;
  const auto raw_of = [&](const std::vector<double>& pose) {
    auto row = torch::zeros({layout.raw.size()});
    world.set_state(pose, qvel);
    world.body_state(state);
    write_raw_frame(state, Eigen::Vector2d::Zero(),
                    std::span<float>(row.data_ptr<float>(), layout.raw.size()));
    return row;
  };
  const auto original = raw_of(qpos);
  const Eigen::VectorXd flipped =
      mirror_qpos(*character, Eigen::Map<const Eigen::VectorXd>(qpos.data(), character->nq));
  const auto expected = raw_of({flipped.data(), flipped.data() + flipped.size()});
  EXPECT_LT(max_abs(mirror_raw(layout, original) - expected), 1e-5);
}

TEST_F(Features, HeadingOfATensorFollowsYawOf) {
  Rng rng{3};
  for (int i = 0; i < 200; ++i) {
    Quaterniond q(rng.normal(), rng.normal(), rng.normal(), rng.normal());
    q.normalize();
    if (i % 4 == 0) q = quat_from_yaw(0.3) * quat_from_rotvec({0, (i % 8 ? 1 : -1) * 1.56, 0});
    const auto t = torch::tensor({q.w(), q.x(), q.y(), q.z()}, torch::kFloat);
    const auto h = heading_of_quaternion(t);
    const double yaw = yaw_of(q);
    EXPECT_NEAR(h[0].item<double>(), std::cos(yaw), 1e-4);
    EXPECT_NEAR(h[1].item<double>(), std::sin(yaw), 1e-4);
  }
}

TEST_F(Features, ReexpressedStatesAreTheFeaturesOfTheNewCurrentFrame) {
  const auto later = window_features(layout, raw, kNow + 1);
  const PhysicalStates x{layout, states};
  const auto position = x.root_position().select(1, kNow + 1).narrow(-1, 0, 2);
  const auto heading = x.heading().select(1, kNow + 1);
  EXPECT_LT(max_abs(reexpress_states(layout, states, position, heading) - later), 2e-5);
}

TEST_F(Features, GradientsAreFiniteAlsoForRotationsOfZero) {
  auto leaf = torch::zeros({1, 2, layout.dim()}).requires_grad_(true);
  const PhysicalStates x{layout, leaf};
  (x.heading().sum() + x.key_positions().sum()).backward();
  EXPECT_TRUE(torch::isfinite(leaf.grad()).all().item<bool>());
}

}  // namespace
}  // namespace foresight
