#include "controller/costs/terms.h"

#include <gtest/gtest.h>

#include "controller/costs/easing.h"
#include "controller/costs/velocity_error.h"
#include "controller/features.h"
#include "controller/state_token.h"
#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

constexpr int kTermsNow = 3, kFrames = 9;

/// A random motion and a world in which every term has something to say about it.
class Terms : public ::testing::Test {
 protected:
  Terms() {
    Rng rng{7};
    std::vector<double> qpos, qvel;
    World world(character, Scene{});
    BodyState state;
    tokens.resize(layout.dim(), kFrames);
    for (int t = 0; t < kFrames; ++t) {
      testing::random_state(*character, rng, qpos, qvel);
      qpos[0] = 0.2 * t - 0.6;
      qpos[1] = 0.1 * t;
      qpos[2] -= 0.1;  // some toes below the ground
      world.set_state(qpos, qvel);
      world.body_state(state);
      tokens.col(t) = state_token(layout, state, {{0.1, -0.2}, 0.3});
      states.push_back(state);
    }
    tokens.col(kTermsNow).segment<2>(layout.root_velocity()) = Eigen::Vector2d(0.3, 0.1);
    fill_world();
  }

  void fill_world() {
    around.obstacles = {obstacle_of(tree(1.0, 0.6)),
                        obstacle_of(box({0.4, 0.3, 0.6}, {0.3, 0.2, 0.6})),
                        obstacle_of(box({0.3, 0, 0.1}, {0.4, 0.5, 0.15})),
                        obstacle_of(box({0.5, 0.2, -0.5}, {0.6, 0.6, 0.52})),
                        obstacle_of(box({2.9, 0.2, -0.5}, {0.2, 0.2, 0.5}))};
    around.movers = {{{{0.3, 0.2}, {0.4, 0.2}}, 0.3}};
    for (int f = 0; f < 5; ++f) around.track.push_back({{0.1 * f, 0.3}, 0.2 * f});
    around.keyframes = {{2,
                         states[6],
                         {{"root_position", layout.root_position(), 3},
                          {"key_position", layout.key_position(), 6}}}};
  }

  static SceneObject tree(double x, double y) {
    SceneObject o;
    o.position = {x, y, 1};
    o.size = {0.25, 1, 0};
    return o;
  }
  static SceneObject box(const Eigen::Vector3d& position, const Eigen::Vector3d& half) {
    SceneObject o;
    o.shape = SceneObject::Shape::kBox;
    o.position = position;
    o.size = half;
    o.yaw = 0.4;
    return o;
  }

  CostWorld world_with(const std::vector<double>& values) const {
    return make_cost_world(layout, around, {{0.1, -0.2}, 0.3}, values, 1.0 / 30, 5);
  }

  double value(const Cost& cost, const CostWorld& world, const Eigen::MatrixXd& x) const {
    const PredictedMotion motion(layout, x.data(), kFrames, kTermsNow);
    MotionGradient gradient(motion);
    return cost.term(motion, world, gradient);
  }

  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
  Eigen::MatrixXd tokens;  // one column per frame
  std::vector<BodyState> states;
  Surroundings around;
};

TEST_F(Terms, HaveTheGradientOfTheirValue) {
  for (const TermKind& kind : term_kinds()) {
    // Move legs, to where no gradient leads; what they have of one: tests of their own.
    if (kind.name == "clearance" || kind.name == "stepping") continue;
    std::vector<double> values;
    std::vector<int> indices;
    for (const auto& field : kind.fields) {
      indices.push_back(static_cast<int>(values.size()));
      values.push_back(field.name == "goal_x" || field.name == "x" ? 0.9 : field.value);
      // Hands and feet are moved as whole limbs, without a gradient: see the next test.
      if (field.name == "key") values.back() = layout.key_point("head");
    }
    const Cost cost = kind.make(1, indices);
    const CostWorld world = world_with(values);
    const PredictedMotion motion(layout, tokens.data(), kFrames, kTermsNow);
    MotionGradient gradient(motion);
    EXPECT_GT(cost.term(motion, world, gradient), 0) << kind.name << " has nothing to do here";
    EXPECT_GT(gradient.rows().norm(), 1e-4) << kind.name;
    EXPECT_EQ(gradient.moves().norm(), 0) << kind.name;
    // These ask for a velocity and a heading towards a goal. Its direction changes with the place,
    // but that derivative would only say "be elsewhere, where you are right already", so it is left
    // out on purpose: x and y of the root are no part of their gradient.
    const bool place_given = kind.name == "approach" || kind.name == "facing";
    constexpr double h = 1e-6;
    for (int f = 0; f < motion.frames(); ++f) {
      for (int d = 0; d < layout.dim(); ++d) {
        if (place_given && d >= layout.root_position() && d < layout.root_position() + 2) continue;
        Eigen::MatrixXd up = tokens, down = tokens;
        up(d, kTermsNow + 1 + f) += h;
        down(d, kTermsNow + 1 + f) -= h;
        const double slope = (value(cost, world, up) - value(cost, world, down)) / (2 * h);
        ASSERT_NEAR(gradient.rows()(d, f), slope, 1e-5 * (1 + std::abs(slope)))
            << kind.name << " frame " << f << " number " << d;
      }
    }
  }
}

TEST_F(Terms, ReachPutsTheWholeLimbOnAPathToTheTarget) {
  const int hand = layout.key_point("right_forearm"), elbow = layout.key_point("right_upper_arm");
  const CostWorld world = world_with({static_cast<double>(hand), 0.4, -0.4, 1.3, 0.2});
  constexpr double kTau = 0.08;  // s, the shortest
  const Eigen::Vector2d ahead = world.frame.point_in({0.4, -0.4});
  const Eigen::Vector3d target(ahead.x(), ahead.y(), 1.3);
  const Cost cost = find_term("reach").make(1, {0, 1, 2, 3, 4});
  const PredictedMotion motion(layout, tokens.data(), kFrames, kTermsNow);
  MotionGradient gradient(motion);
  EXPECT_GT(cost.term(motion, world, gradient), 0);
  EXPECT_EQ(gradient.rows().norm(), 0);
  Eigen::MatrixXd moved = tokens;
  moved.rightCols(motion.frames()) += gradient.moves();
  const PredictedMotion after(layout, moved.data(), kFrames, kTermsNow);
  const Limb& arm = layout.limbs[hand];
  const Eigen::Vector3d gap = motion.key_position_now(hand) - target;
  for (int f = 0; f < after.frames(); ++f) {
    const Eigen::Vector3d tip = after.key_position(f, hand), bend = after.key_position(f, elbow);
    EXPECT_NEAR((tip - bend).norm(), arm.lengths[1], 1e-6) << f;
    // On the way to the target, or as near to that as an arm gets that stays a little bent.
    const Eigen::Vector3d aim = target + std::exp(-(f + 1) * world.dt / kTau) * gap;
    const Eigen::Vector3d shoulder =
        after.key_position(f, arm.trunk) + after.from_own(f, arm.joint);
    const double far = (aim - shoulder).norm();
    const double near = std::max(far - 0.99 * (arm.lengths[0] + arm.lengths[1]), 0.0);
    EXPECT_NEAR((tip - aim).norm(), near, 5e-3) << f;
    // The forearm's own rotation says the same as its ends.
    const int first = layout.end_effector_rotation() + 3 * arm.end_effector;
    const Eigen::Map<const Eigen::Vector3d> rotation(after.token(f) + first);
    const Eigen::Vector3d along = quat_from_rotvec(rotation) * arm.axis;
    EXPECT_LT((after.from_own(f, along) - (tip - bend).normalized()).norm(), 1e-6) << f;
  }
  EXPECT_EQ((after.root_position(2) - motion.root_position(2)).norm(), 0);
  MotionGradient later(motion);
  const CostWorld early = world_with({static_cast<double>(hand), 0.4, -0.4, 1.3, 5});
  EXPECT_EQ(cost.term(motion, early, later), 0);
}

TEST_F(Terms, WhoStandsIsAskedHalfAsFirmlyForVelocityAndWhoStartsTwiceAsFirmly) {
  const struct {
    double asked, now, share;
  } cases[] = {{0, 0.3, 0.5}, {1.2, 0, 2}, {1.2, 0.3, 1.5}, {1.2, 0.9, 1}, {0.5, 1.2, 1}};
  const Cost cost = find_term("velocity").make(1, {0, 1, 2});
  for (const auto& c : cases) {
    const CostWorld world = world_with({c.asked, 0, 0});
    // The heading frame looks 0.3 rad to the left of +x.
    const Eigen::Vector2d ahead = Eigen::Rotation2Dd(-0.3) * Eigen::Vector2d(1, 0);
    tokens.col(kTermsNow).segment<2>(layout.root_velocity()) = c.now * ahead;
    const PredictedMotion motion(layout, tokens.data(), kFrames, kTermsNow);
    MotionGradient gradient(motion), plain(motion);
    const double value = cost.term(motion, world, gradient);
    const auto target = [&](int f) {
      const Eigen::Vector2d asked = c.asked * ahead;
      return eased(asked, Eigen::Vector2d(c.now * ahead - asked), world.seconds(f));
    };
    const double expected = mean_velocity_cost(motion, target, motion.frames(), world.dt, plain);
    EXPECT_NEAR(value, c.share * expected, 1e-9) << c.asked << " " << c.now;
    EXPECT_LT((gradient.rows() - c.share * plain.rows()).norm(), 1e-9) << c.asked << " " << c.now;
  }
}

TEST_F(Terms, WeightScalesTheGradient) {
  const CostWorld world = world_with({1.2, 0, 0});
  const PredictedMotion motion(layout, tokens.data(), kFrames, kTermsNow);
  MotionGradient one(motion), three(motion);
  three.scale = 3;
  const Cost cost = velocity_cost(1, {0, 1, 2});
  cost.term(motion, world, one);
  cost.term(motion, world, three);
  EXPECT_LT((3 * one.rows() - three.rows()).norm(), 1e-12);
}

TEST_F(Terms, MotionReadsWorldPlacesOfTheBody) {
  const PredictedMotion motion(layout, tokens.data(), kFrames, kTermsNow);
  const GroundPose frame{{0.1, -0.2}, 0.3};
  for (int f = 0; f < motion.frames(); ++f) {
    const BodyState& s = states[kTermsNow + 1 + f];
    const Eigen::Vector2d root = frame.point_out(motion.root_position(f).head<2>());
    EXPECT_LT((root - s.root_position.head<2>()).norm(), 1e-9);
    const Eigen::Vector3d key = motion.key_position(f, 4);
    EXPECT_LT((frame.point_out(key.head<2>()) - s.key_position.col(4).head<2>()).norm(), 1e-9);
    EXPECT_NEAR(key.z(), s.key_position(2, 4), 1e-9);
    const double yaw = std::atan2(motion.heading(f).y(), motion.heading(f).x()) + frame.yaw;
    EXPECT_NEAR(std::remainder(yaw - yaw_of(s.root_rotation), 2 * M_PI), 0, 1e-9);
  }
}

TEST_F(Terms, HandComputedValues) {
  const GroundPose here{{0.1, -0.2}, 0.3};
  Surroundings nothing;
  nothing.movers = {{{here.point_out({1, 0})}, 0.3}};
  CostWorld world = make_cost_world(layout, nothing, here, {2.0, 0.3, 0.0}, 1.0 / 30, 1);
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(layout.dim(), 2);
  x(layout.root_velocity(), 1) = 0.5;  // 0.5 m/s forward
  const auto of = [&](const Cost& cost) {
    const PredictedMotion motion(layout, x.data(), 2, 0);
    MotionGradient gradient(motion);
    return cost.term(motion, world, gradient);
  };
  const double eased = 2 * (1 - std::exp(-1 / 12.0));  // 2 m/s from standing, after 1/30 of 0.4 s
  EXPECT_NEAR(of(velocity_cost(1, {0, 1, 2})), 2 * 0.5 * std::pow(0.5 - eased, 2), 1e-12);
  EXPECT_NEAR(of(displacement_cost(1, {0, 1, 2})), 0.5 * std::pow(eased / 30, 2), 1e-12);
  EXPECT_NEAR(of(mover_cost(1)), std::exp(-4 * 0.4) / 4, 1e-12) << "1 m less 0.3 m less 0.3 m";
  EXPECT_NEAR(of(heading_cost(1, {0, 1, 2}, 2)), 0, 1e-12) << "heading along the current frame";
  world.values = {0.6, 0, 0};
  EXPECT_NEAR(of(height_cost(1, 0)), 0.5 * 0.36, 1e-12);
}

TEST_F(Terms, BodiesAreAsThickAsTheirTableSays) {
  Surroundings one;
  one.obstacles = {obstacle_of(tree(1, 0))};
  const CostWorld world = make_cost_world(layout, one, {}, {}, 1.0 / 30, 1);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(layout.dim(), 2);  // all points at the origin
  layout.key_radius[0] = 0.3;
  double expected = std::exp(-4 * (0.75 - 0.25)) / 4;  // the root
  for (const double r : layout.key_radius) {
    expected += std::exp(-4 * (0.75 - r)) / 4 / layout.K();
  }
  const PredictedMotion motion(layout, x.data(), 2, 0);
  MotionGradient gradient(motion);
  EXPECT_NEAR(obstacle_cost(1).term(motion, world, gradient), expected, 1e-9);
}

TEST_F(Terms, BodiesAreKeptOutOfPlatformsAndOfLowBoxes) {
  for (const double top : {0.0, 0.3}) {
    Surroundings one;
    one.obstacles = {obstacle_of(box({0, 0, top - 0.5}, {1, 1, 0.5}))};
    const CostWorld world = make_cost_world(layout, one, {}, {}, 1.0 / 30, 1);
    EXPECT_EQ(world.step_over.size() + world.stand_on.size(), 1u);
    Eigen::MatrixXd x = Eigen::MatrixXd::Zero(layout.dim(), 2);
    for (int k = 0; k < layout.K(); ++k) x(layout.key_position() + 3 * k + 2, 1) = 1;
    x(layout.key_position() + 2, 1) = top - 0.1;
    const PredictedMotion motion(layout, x.data(), 2, 0);
    MotionGradient gradient(motion);
    EXPECT_NEAR(penetration_cost(1).term(motion, world, gradient), 0.5 * 0.01, 1e-9) << top;
    EXPECT_NEAR(gradient.rows()(layout.key_position() + 2, 0), -0.1, 1e-9) << "rises";
  }
}

TEST(Eased, StartsAtNowAndFollowsAMovingTargetWithoutLag) {
  const double now = 0.3, asked = 2.0;
  EXPECT_DOUBLE_EQ(eased(asked, now - asked, 0.0), now);
  EXPECT_NEAR(eased(asked, now - asked, 0.4), asked - (asked - now) / M_E, 1e-12);
  EXPECT_DOUBLE_EQ(eased(asked + 0.7, 0.0, 0.5), asked + 0.7);
}

TEST(SignedDistance, OfEveryShape) {
  SceneObject o;
  o.position = {1, 2, 1};
  o.size = {0.3, 1, 0};
  const auto distance = [&](double x, double y, double z) {
    return signed_distance(obstacle_of(o), {x, y, z}, nullptr);
  };
  EXPECT_NEAR(distance(2, 2, 1), 0.7, 1e-12) << "cylinder beside";
  EXPECT_NEAR(distance(1, 2, 1), -0.3, 1e-12) << "cylinder axis";
  EXPECT_NEAR(distance(1, 2, 3), 1.0, 1e-12) << "cylinder above";
  EXPECT_NEAR(distance(1 + 0.3 + 0.3, 2, 2.4), 0.5, 1e-12) << "cylinder rim";
  o.shape = SceneObject::Shape::kSphere;
  EXPECT_NEAR(distance(1, 2, 2), 0.7, 1e-12) << "sphere";
  o.shape = SceneObject::Shape::kCapsule;
  EXPECT_NEAR(distance(1, 2, 3), 0.7, 1e-12) << "capsule end";
  o.shape = SceneObject::Shape::kBox;
  o.size = {0.5, 0.25, 1};
  o.yaw = M_PI / 2;
  EXPECT_NEAR(distance(1, 3, 1), 0.5, 1e-9) << "box turned by 90 degrees";
  EXPECT_NEAR(distance(1.1, 2, 1), -0.15, 1e-9) << "inside";
}

TEST(SignedDistance, GradientHasUnitLengthAndPointsAway) {
  using Shape = SceneObject::Shape;
  struct {
    const char* name;
    Shape shape;
    Eigen::Vector3d size;
  } const cases[] = {{"sphere", Shape::kSphere, {0.4, 0, 0}},
                     {"capsule", Shape::kCapsule, {0.2, 0.5, 0}},
                     {"cylinder", Shape::kCylinder, {0.3, 0.6, 0}},
                     {"box", Shape::kBox, {0.5, 0.25, 0.5}},
                     {"wall", Shape::kBox, {4, 0.1, 1.2}}};
  for (const auto& c : cases) {
    SceneObject o;
    o.shape = c.shape;
    o.size = c.size;
    o.position = {0.3, -0.2, 0.5};
    o.yaw = 0.7;
    const Obstacle obstacle = obstacle_of(o);
    Rng rng{3};
    for (int i = 0; i < 200; ++i) {
      const Eigen::Vector3d p(rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5), rng.uniform(-1, 2));
      Eigen::Vector3d gradient;
      const double here = signed_distance(obstacle, p, &gradient);
      EXPECT_NEAR(gradient.norm(), 1, 1e-9) << c.name;
      EXPECT_GT(signed_distance(obstacle, p + 1e-3 * gradient, nullptr), here) << c.name;
      for (int axis = 0; axis < 3; ++axis) {
        const Eigen::Vector3d step = 1e-6 * Eigen::Vector3d::Unit(axis);
        const double slope = (signed_distance(obstacle, p + step, nullptr) -
                              signed_distance(obstacle, p - step, nullptr)) /
                             2e-6;
        EXPECT_NEAR(gradient[axis], slope, 1e-5) << c.name;
      }
    }
  }
}

TEST(Obstacles, AreAvoidedSteppedOverOrStoodOnByTheirHeight) {
  SceneObject o;
  o.shape = SceneObject::Shape::kBox;
  o.size = {0.1, 3, 0.1};
  o.position = {0, 0, 0.1};
  EXPECT_EQ(use_of(obstacle_of(o)), ObstacleUse::kStepOver);
  o.position.z() = -0.1;
  EXPECT_EQ(use_of(obstacle_of(o)), ObstacleUse::kStandOn);
  o.size.z() = o.position.z() = 0.5;
  EXPECT_EQ(use_of(obstacle_of(o)), ObstacleUse::kAvoid);
  o.size.z() = 0.05;
  o.position.z() = 0.3;
  EXPECT_EQ(use_of(obstacle_of(o)), ObstacleUse::kAvoid) << "a beam in the air";
}

TEST(Obstacles, RootBarrierIsOneAtTheSurfaceAndFallsOff) {
  SceneObject tree;
  tree.position = {2, 0, 1};
  tree.size = {0.25, 1, 0};
  Surroundings around;
  EXPECT_LT(root_barrier(around, {0, 0, 0.9}), 1e-3);
  around.obstacles = {obstacle_of(tree)};
  EXPECT_NEAR(root_barrier(around, {2 - 0.25 - 0.25, 0, 0.9}), 1, 1e-9);
  EXPECT_NEAR(root_barrier(around, {1, 0, 0.9}), std::exp(-4 * 0.5), 1e-9);
  around.movers = {{{{1, 0.8}}, 0.3}};
  EXPECT_NEAR(root_barrier(around, {1, 0, 0.9}), std::exp(-4 * 0.2), 1e-9);
}

TEST(StateToken, IsTheNumbersOfWindowFeatures) {
  const auto character = default_character();
  const StateLayout layout = state_layout(*character);
  World world(character, Scene{});
  Rng rng{11};
  std::vector<double> qpos, qvel;
  std::vector<BodyState> states(2);
  auto raw = torch::zeros({1, 2, layout.raw.size()});
  for (int t = 0; t < 2; ++t) {
    testing::random_state(*character, rng, qpos, qvel);
    world.set_state(qpos, qvel);
    world.body_state(states[t]);
    write_raw_frame(states[t], Eigen::Vector2d::Zero(),
                    {raw[0][t].data_ptr<float>(), static_cast<std::size_t>(layout.raw.size())});
  }
  const auto features = window_features(layout, raw, 0);
  for (int t = 0; t < 2; ++t) {
    const Eigen::VectorXd token = state_token(layout, states[t], ground_pose(states[0]));
    for (int d = 0; d < layout.dim(); ++d) {
      EXPECT_NEAR(token[d], features[0][t][d].item<double>(), 2e-5) << t << " " << d;
    }
  }
}

TEST(TermKinds, AreFoundByName) {
  EXPECT_EQ(find_term("obstacles").name, "obstacles");
  EXPECT_THROW(find_term("magic"), InputError);
  for (const TermKind& kind : term_kinds()) {
    EXPECT_FALSE(kind.summary.empty());
    for (const auto& f : kind.fields) EXPECT_TRUE(f.low <= f.value && f.value <= f.high) << f.name;
  }
}

}  // namespace
}  // namespace foresight
