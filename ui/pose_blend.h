// PoseBlend: pictures between two control steps, so that motion is smooth at any picture rate.
#pragma once

#include <memory>
#include <vector>

#include "ui/live/snapshot.h"

namespace foresight {

class PoseBlend {
 public:
  /// Takes the newest snapshot; the same one again is fine.
  void add(const std::shared_ptr<const Snapshot>& snapshot);

  /// Pose at a moment: one control step behind, so that it lies between two known ones. `period` is
  /// the wall time of a control step (s). qpos of the newest snapshot's model.
  const std::vector<double>& pose(std::chrono::steady_clock::time_point now, double period);

 private:
  std::shared_ptr<const Snapshot> before_, last_;
  std::chrono::steady_clock::time_point stepped_;  // when the last control step was made
  std::vector<double> blended_, velocity_;
};

}  // namespace foresight
