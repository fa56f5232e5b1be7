// StudentController: drives a batch of worlds with a StudentPolicy, every control step.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "controller/student/frame_history.h"
#include "controller/student/student_policy.h"

namespace foresight {

class StudentController {
 public:
  using Actions = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  /// The character gives joint limits; `policy` is shared by controllers and not changed.
  StudentController(std::shared_ptr<const Character> character,
                    std::shared_ptr<const StudentPolicy> policy, int worlds);

  int worlds() const { return static_cast<int>(fresh_.size()); }
  const StudentPolicy& policy() const { return *policy_; }

  /// The next state of this world is the first: its history is as if the body had moved at constant
  /// velocity until then. All worlds start like this.
  void reset(int world) { fresh_.at(world) = 1; }

  /// One control step: takes the current body state and the skill (index into policy().skills) of
  /// every world and returns the actions, one row of nu PD targets (rad, within ctrlrange) per
  /// world. A world whose state is not finite keeps its last action and is reset.
  const Actions& act(std::span<const BodyState> states, std::span<const int> skills);

 private:
  std::shared_ptr<const Character> character_;
  std::shared_ptr<const StudentPolicy> policy_;
  FrameHistory history_;
  std::vector<std::uint8_t> fresh_;  // per world
  Actions actions_;
};

}  // namespace foresight
