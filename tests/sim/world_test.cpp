#include "sim/world.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

namespace foresight {
namespace {

std::vector<double> standing(const Character& c) { return {c.model->qpos0, c.model->qpos0 + c.nq}; }

World standing_world(const Scene& scene = {}) {
  const auto c = default_character();
  World world(c, scene);
  const std::vector<double> zero(c->nv, 0.0);
  for (int i = 0; i < scene.characters; ++i) world.set_state(standing(*c), zero, i);
  return world;
}

TEST(World, StandsForASecondInTheZeroPose) {
  World world = standing_world();
  for (int i = 0; i < 30; ++i) ASSERT_EQ(world.step(), StepStatus::kOk);
  EXPECT_FALSE(world.fall().fallen);
  EXPECT_GT(world.qpos()[2], 0.8);
  EXPECT_TRUE(world.foot_contacts()[0]);
}

TEST(World, AStrongKickMakesItFall) {
  World world = standing_world();
  world.kick({4.0, 0.0});
  for (int i = 0; i < 90 && !world.fall().fallen; ++i) world.step();
  EXPECT_TRUE(world.fall().fallen);
}

TEST(World, RestoreThenStepIsBitExact) {
  World world = standing_world();
  world.kick({0.5, 0.3});
  for (int i = 0; i < 10; ++i) world.step();
  const std::vector<double> state = world.save();
  for (int i = 0; i < 20; ++i) world.step();
  const auto hash = world.state_hash();
  world.restore(state);
  for (int i = 0; i < 20; ++i) world.step();
  EXPECT_EQ(world.state_hash(), hash);
}

TEST(World, RefusesATargetThatIsNotFinite) {
  World world = standing_world();
  std::vector<double> action(world.character().nu, 0.0);
  EXPECT_TRUE(world.set_action(action));
  action[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(world.set_action(action));
  EXPECT_EQ(world.step(), StepStatus::kOk);
}

TEST(World, DivergencePutsTheLastGoodStateBack) {
  World world = standing_world();
  world.step();
  std::vector<double> qpos(world.qpos().begin(), world.qpos().end());
  std::vector<double> qvel(world.character().nv, 0.0);
  qvel[4] = std::numeric_limits<double>::infinity();
  world.set_state(qpos, qvel);
  EXPECT_EQ(world.step(), StepStatus::kDiverged);
  for (const double q : world.qpos()) EXPECT_TRUE(std::isfinite(q));
  EXPECT_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
}

TEST(World, TwoCharactersHaveTheirOwnState) {
  Scene scene;
  scene.characters = 2;
  World world = standing_world(scene);
  std::vector<double> qpos = standing(world.character());
  qpos[0] = 3;
  world.set_state(qpos, std::vector<double>(world.character().nv, 0.0), 1);
  world.step();
  BodyState first, second;
  world.body_state(first, 0);
  world.body_state(second, 1);
  EXPECT_NEAR(second.root_position.x() - first.root_position.x(), 3, 1e-2);
}

TEST(World, ObjectsWithAMassFlyAndFall) {
  Scene scene;
  SceneObject ball;
  ball.name = "ball";
  ball.shape = SceneObject::Shape::kSphere;
  ball.position = {5, 5, 0.1};
  ball.size = {0.1, 0, 0};
  ball.mass = 2;
  scene.objects = {ball};
  World world = standing_world(scene);
  EXPECT_NEAR(world.object_position(0).z(), 0.1, 1e-9);
  world.throw_object(0, {3, 0, 2}, {1, 0, 0});
  for (int i = 0; i < 6; ++i) world.step();  // 0.2 s
  EXPECT_NEAR(world.object_position(0).x(), 3.2, 0.01);
  EXPECT_NEAR(world.object_position(0).z(), 2 - 0.5 * 9.81 * 0.04, 0.02);
  for (int i = 0; i < 90; ++i) world.step();
  EXPECT_NEAR(world.object_position(0).z(), 0.1, 0.01) << "it lies on the floor";
}

TEST(Scene, JsonRoundTripKeepsEveryField) {
  Scene scene;
  scene.objects.push_back({"pole", SceneObject::Shape::kCylinder, {1, 2, 0.9}, 0.3, {0.2, 0.9, 0}});
  scene.floor_z = -1;
  EXPECT_EQ(to_json(scene_from_json(to_json(scene))), to_json(scene));
}

}  // namespace
}  // namespace foresight
