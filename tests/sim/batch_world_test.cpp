#include "sim/batch_world.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

// Final joint positions of a batch after two seconds of a fixed, world-dependent motion.
std::vector<double> simulate(int threads, bool randomised) {
  const auto c = default_character();
  BatchWorld batch(c, Scene{}, 7, threads);
  if (randomised) batch.randomise(0.3, 0.2, 5);
  std::vector<double> result(7 * c->nq);
  for (int t = 0; t < 60; ++t) {
    batch.apply([&](const mjModel& m, mjData& d, int world) {
      for (int j = 0; j < c->nu; ++j) d.ctrl[j] = 0.2 * std::sin(0.1 * t * (world + 1) + j);
      step_control(*c, m, d);
      std::copy_n(d.qpos, c->nq, result.begin() + world * c->nq);
    });
  }
  return result;
}

TEST(BatchWorld, IsBitIdenticalAtAnyThreadCount) {
  EXPECT_EQ(simulate(1, false), simulate(3, false));
  EXPECT_EQ(simulate(1, true), simulate(2, true));
}

TEST(BatchWorld, RandomisedWorldsMoveDifferently) {
  EXPECT_NE(simulate(2, true), simulate(2, false));
}

TEST(BatchWorld, AWorldInABatchMovesLikeASingleWorld) {
  const auto c = default_character();
  World world(c, Scene{});
  BatchWorld batch(c, Scene{}, 2, 1);
  std::vector<double> qpos(c->model->qpos0, c->model->qpos0 + c->nq), qvel(c->nv, 0.0);
  world.set_state(qpos, qvel);
  std::vector<double> last(c->nq);
  batch.apply([&](const mjModel& m, mjData& d, int) {
    set_character_state(*c, batch.index(), m, d, qpos, qvel);
  });
  const std::vector<double> target(c->nu, 0.1);
  for (int t = 0; t < 20; ++t) {
    world.set_action(target);
    world.step();
    batch.apply([&](const mjModel& m, mjData& d, int i) {
      std::copy(target.begin(), target.end(), d.ctrl);
      step_control(*c, m, d);
      if (i == 0) std::copy_n(d.qpos, c->nq, last.begin());
    });
  }
  for (int k = 0; k < c->nq; ++k) EXPECT_EQ(last[k], world.qpos()[k]);
}

}  // namespace
}  // namespace foresight
