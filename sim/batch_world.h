// BatchWorld: many worlds of one scene stepped on MuJoCo's thread pool (mjb_*). What a world
// computes depends on its own state alone, so results are bit-identical at any thread count.
#pragma once

#include <mujoco/mjbatch.h>

#include <functional>
#include <memory>

#include "sim/world.h"

namespace foresight {

struct BatchDeleter {
  void operator()(mjBatch* b) const { mjb_deleteBatch(b); }
};

class BatchWorld {
 public:
  /// `threads` <= 0: one per logical CPU.
  BatchWorld(std::shared_ptr<const Character> character, const Scene& scene, int worlds,
             int threads = 0);

  int size() const { return mjb_nsim(batch_.get()); }
  const Character& character() const { return *character_; }
  const CharacterIndex& index() const { return index_; }

  /// Calls function(model, data, world) once for every world, in parallel. `data` comes with the
  /// world's state alone: derived quantities (positions of bodies and sites, contacts) are another
  /// world's until the function steps or computes them. Changes of the state are kept. `model` is
  /// the world's own when it was randomised. Throws InternalError when a world raised a MuJoCo
  /// error.
  using Function = std::function<void(const mjModel&, mjData&, int)>;
  void apply(const Function& function);

  /// Gives every world its own sliding friction and masses: factors drawn uniformly from
  /// [1 - amount, 1 + amount], by seed and world.
  void randomise(double friction_amount, double mass_amount, std::uint64_t seed);

 private:
  std::shared_ptr<const Character> character_;
  std::unique_ptr<mjBatch, BatchDeleter> batch_;
  CharacterIndex index_;
};

/// One control step of the substeps that the character asks for, derived quantities included.
/// Returns false when the simulation diverged (the state is then unusable: reset the world).
bool step_control(const Character& character, const mjModel& model, mjData& data);

/// Puts the first character into a state (layout of Character), controls at its joint angles.
void set_character_state(const Character& character, const CharacterIndex& index,
                         const mjModel& model, mjData& data, std::span<const double> qpos,
                         std::span<const double> qvel);

/// Changes the horizontal velocity of the character's root, m/s.
void kick_character(const CharacterIndex& index, const mjModel& model, mjData& data,
                    const Eigen::Vector2d& velocity);

}  // namespace foresight
