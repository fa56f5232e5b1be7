// GetUp: what a fallen character does until it stands again. It comes to rest in the pose in which
// a motion of getting up begins, then a tracking policy follows that motion from where it lies.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "controller/expert/expert_policy.h"
#include "controller/expert/tracking.h"
#include "sim/base/files.h"
#include "sim/motion/clip.h"

namespace foresight {

/// A policy that gets up, and the motions that it follows.
struct GetUpSkill {
  ExpertPolicy policy;
  std::vector<Clip> clips;  // each begins lying and ends standing
  ReferenceMotion motions;  // of the clips, as they are
};

/// `policy` is a checkpoint of `foresight train expert`, `clips` a folder. Throws InputError.
std::shared_ptr<const GetUpSkill> load_get_up(const Character& character, const fs::path& policy,
                                              const fs::path& clips);

/// What ships, assets/checkpoints/get_up.safetensors and assets/get_up; null for another character.
std::shared_ptr<const GetUpSkill> shipped_get_up(const Character& character);

class GetUp {
 public:
  /// `character` must outlive this.
  GetUp(const Character& character, std::shared_ptr<const GetUpSkill> skill);

  /// The character fell; `held` are the PD targets in force (nu, rad).
  void begin(std::span<const double> held);
  /// PD targets of this control step (nu, rad, within ctrlrange). Call while not standing().
  std::span<const double> act(const World& world, int which);
  /// The motion came to its end and the character stands: someone else may take over.
  bool standing() const { return standing_; }
  /// The targets of the last control step.
  const std::vector<double>& targets() const { return targets_; }
  /// How often it has begun to rise since begin().
  int attempts() const { return attempts_; }

 private:
  void settle(const World& world);
  void begin_motion(const World& world, int motion);
  void check_progress(const World& world);
  void follow(const World& world);

  const Character& character_;
  std::shared_ptr<const GetUpSkill> skill_;
  TrackingTables tables_;
  std::vector<double> targets_;
  int waited_ = 0;  // control steps on the floor
  int attempts_ = 0;
  bool standing_ = false;
  std::optional<ReferenceMotion> motion_;  // where it is followed; nothing: it settles
  int frame_ = 0;
  ReferenceShift shift_;
};

}  // namespace foresight
