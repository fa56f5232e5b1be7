// Small recordings made on the spot.
#pragma once

#include <filesystem>

#include "sim/base/rng.h"
#include "sim/recording/world_recorder.h"
#include "tests/test_folder.h"

namespace foresight {

inline Scene pillar_scene() {
  Scene scene;
  SceneObject pillar;
  pillar.position = {1.5, 0.4, 0.5};
  pillar.size = {0.2, 0.5, 0};
  scene.objects.push_back(pillar);
  SceneObject disc = pillar;
  disc.moves = true;
  disc.position = {0.8, -0.5, 0.5};
  scene.objects.push_back(disc);
  return scene;
}

inline World standing_in(const Scene& scene) {
  const auto c = default_character();
  World world(c, scene);
  const std::vector<double> zero(c->nv, 0.0);
  for (int i = 0; i < scene.characters; ++i) {
    std::vector<double> qpos(c->model->qpos0, c->model->qpos0 + c->nq);
    qpos[1] += i;
    world.set_state(qpos, zero, i);
  }
  return world;
}

/// Steps with small random targets; a kick every second, a moving object if there is one, a force
/// now and then, and a new start when it has fallen.
inline void record_steps(World& world, WorldRecorder& recorder, int steps, std::uint64_t seed) {
  const Character& c = world.character();
  Rng rng{random_key(seed)};
  const std::vector<double> start(world.qpos().begin(), world.qpos().end()), zero(c.nv, 0.0);
  std::vector<double> action(c.nu);
  for (int i = 0; i < steps; ++i) {
    for (double& a : action) a = 0.15 * rng.normal();
    world.set_action(action);
    if (i % 30 == 12) world.kick({rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6)});
    if (i % 45 == 20) world.set_force(2, {0, 30 * rng.normal(), 0});
    if (world.scene().objects.size() > 1) world.move_object(1, {0.8, -0.5 + 0.01 * i, 0.5});
    if (world.fall().fallen) world.set_state(start, zero);
    recorder.before_step(world);
    const StepStatus status = world.step();
    recorder.after_step(world, status,
                        {{"task", std::string("stand")},
                         {"plan.age", std::vector<std::int64_t>{i % 4}},
                         {"timing.ms", std::vector<float>{1.5f, 2.5f}}});
  }
}

/// Content of a finished recording with one segment per entry of `steps`.
inline std::string recorded_bytes(const std::vector<int>& steps) {
  Recording recording(recording_header(*default_character(), 7));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    World world = standing_in(i % 2 == 0 ? Scene{} : pillar_scene());
    WorldRecorder recorder(recording, world, {{"task", "stand"}});
    recording.event({{"setting", "weight"}, {"value", i}});
    record_steps(world, recorder, steps[i], i);
  }
  recording.finish();
  return recording.bytes();
}

}  // namespace foresight
