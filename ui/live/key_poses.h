// Key poses: poses that the character should meet at given times, set by hand.
#pragma once

#include <vector>

#include "controller/surroundings.h"

namespace foresight {

/// One pose with its time.
struct KeyPose {
  double seconds = 1;        // from the moment that it is run
  std::vector<double> qpos;  // nq, layout of Character
  bool operator==(const KeyPose&) const = default;
};

/// Turns key poses into what the controller understands: poses within its window are pinned in
/// position, not in velocity; the next one beyond it becomes a straight path of the root.
class KeyPoseRun {
 public:
  /// `poses` in any order of time.
  KeyPoseRun(std::shared_ptr<const Character> character, std::vector<KeyPose> poses);

  /// Adds what is asked of the character `steps` control steps after the start.
  void direct(std::int64_t steps, const BodyState& now, int future, Surroundings& around) const;
  /// True when the last pose is in the past.
  bool over(std::int64_t steps) const;

 private:
  struct Key {
    std::int64_t step;
    BodyState state;
  };

  std::vector<Key> keys_;  // in order of time
  std::vector<StateRange> parts_;
};

/// Pose (nq) on the straight way, in joint angles, from `start` at 0 s through `poses` (any order)
/// at `seconds`; the last pose after its time. `poses` must not be empty.
std::vector<double> pose_between(const Character& character, const std::vector<double>& start,
                                 std::vector<KeyPose> poses, double seconds);

/// Body state of a pose at rest.
BodyState state_of_pose(const Character& character, const std::vector<double>& qpos);

}  // namespace foresight
