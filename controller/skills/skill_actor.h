// SkillActor: whatever drives a batch of characters that are asked for skills, so that different
// controllers go through one evaluation.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>

#include "controller/skills/skill.h"
#include "sim/world.h"

namespace foresight {

/// How a character begins an episode.
struct SkillStart {
  SkillOrder order;
  std::uint64_t seed = 0;
  const BodyState& state;
  std::span<const double> held;  // PD targets in force, nu, rad
};

class SkillActor {
 public:
  using Actions = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  virtual ~SkillActor() = default;

  /// Slots of the batch.
  virtual int worlds() const = 0;

  /// Starts one slot anew. Throws InputError for a skill that it does not know.
  virtual void reset(int world, const SkillStart& start) = 0;

  /// One control step of all slots: PD targets, one row (nu, rad) each. `states` are those of the
  /// characters now, `worlds` where they live, for those who need joint angles. A slot whose
  /// episode is over keeps its last state; its action is not used. What a slot is told must not
  /// depend on the others, but for rounding.
  virtual const Actions& act(std::span<const BodyState> states,
                             std::span<const World* const> worlds) = 0;

  /// False when the last action of a slot is none (not finite, say).
  virtual bool good(int /*world*/) const { return true; }
};

}  // namespace foresight
