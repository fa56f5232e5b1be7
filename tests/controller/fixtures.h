// Shared by the controller's tests: random motion states and tiny rollouts, made without mocap.
#pragma once

#include <memory>

#include "controller/rollouts.h"
#include "controller/state_layout.h"
#include "models/torch.h"
#include "sim/base/rng.h"
#include "sim/character.h"
#include "sim/rotation.h"
#include "sim/world.h"

namespace foresight::testing {

/// A pose near standing with all joints, root rotation and velocities disturbed.
inline void random_state(const Character& c, Rng& rng, std::vector<double>& qpos,
                         std::vector<double>& qvel) {
  qpos.assign(c.nq, 0);
  qvel.assign(c.nv, 0);
  for (int i = 0; i < 2; ++i) qpos[i] = rng.uniform(-3, 3);
  qpos[2] = rng.uniform(0.8, 1.0);
  const Vector3d tilt(0.3 * rng.normal(), 0.3 * rng.normal(), 0);
  const Quaterniond q = quat_from_yaw(rng.uniform(-3, 3)) * quat_from_rotvec(tilt);
  quat_to_wxyz(q, qpos.data() + 3);
  for (int j = 0; j < c.nu; ++j) qpos[7 + j] = 0.3 * rng.normal();
  for (double& v : qvel) v = rng.normal();
}

/// Raw frames [B, T, R] of random states.
inline torch::Tensor random_raw(const Character& character, int batch, int frames,
                                std::uint64_t seed) {
  const auto shared = std::shared_ptr<const Character>(&character, [](const Character*) {});
  World world(shared, Scene{});
  const RawLayout layout = raw_layout(character);
  auto raw = torch::zeros({batch, frames, layout.size()});
  Rng rng{seed};
  std::vector<double> qpos, qvel;
  BodyState state;
  for (int i = 0; i < batch * frames; ++i) {
    random_state(character, rng, qpos, qvel);
    world.set_state(qpos, qvel);
    world.body_state(state);
    float* row = raw.data_ptr<float>() + static_cast<std::int64_t>(i) * layout.size();
    write_raw_frame(state, Eigen::Vector2d::Zero(),
                    std::span<float>(row, static_cast<std::size_t>(layout.size())));
  }
  return raw;
}

/// Standing characters whose joint targets wander: `episodes` episodes of `steps` steps.
inline RolloutSet tiny_rollouts(std::shared_ptr<const Character> character, int episodes, int steps,
                                const std::string& licence = "MIT") {
  RolloutSet set = make_rollout_set(*character);
  const int clip = add_clip(set, {"made_up/sway", licence, "locomotion", "train"});
  World world(character, Scene{});
  const std::vector<double> start(world.qpos().begin(), world.qpos().end());
  const std::vector<double> rest(character->nv, 0.0);
  BodyState state;
  std::vector<double> action(character->nu), executed(character->nu);
  for (int e = 0; e < episodes; ++e) {
    world.set_state(start, rest);
    begin_episode(set, clip, 0.05f);
    Rng rng{static_cast<std::uint64_t>(e)};
    for (int t = 0; t < steps; ++t) {
      for (int j = 0; j < character->nu; ++j) {
        action[j] = 0.05 * std::sin(0.2 * t + j + e);
        executed[j] = action[j] + 0.02 * rng.normal();
      }
      world.body_state(state);
      append_step(set, state, world.qpos(), world.qvel(), action, executed);
      world.set_action(executed);
      world.step();
    }
  }
  return set;
}

inline double max_abs(const torch::Tensor& x) { return x.abs().max().item<double>(); }

}  // namespace foresight::testing
