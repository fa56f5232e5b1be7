// Shared by the student's tests: a small random policy and body states to feed it.
#pragma once

#include <memory>
#include <vector>

#include "controller/student/student_policy.h"
#include "tests/controller/fixtures.h"

namespace foresight::testing {

inline StudentPolicy tiny_student(const Character& character) {
  torch::manual_seed(3);
  StudentPolicy policy = make_student(character, {4, {32, 32}}, {"run", "walk"});
  policy.state.centre.fill_(0.1);
  policy.state.half.fill_(2);
  const torch::NoGradGuard no_grad;
  for (auto& weight : policy.network->parameters()) weight.normal_(0, 0.1);
  return policy;
}

inline std::vector<BodyState> random_bodies(std::shared_ptr<const Character> character, int count,
                                            std::uint64_t seed) {
  World world(character, Scene{});
  Rng rng{seed};
  std::vector<double> qpos, qvel;
  std::vector<BodyState> states(count);
  for (BodyState& state : states) {
    random_state(*character, rng, qpos, qvel);
    world.set_state(qpos, qvel);
    world.body_state(state);
  }
  return states;
}

}  // namespace foresight::testing
