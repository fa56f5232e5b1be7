// Records a world from outside: whatever changes in it between two steps is an input.
#pragma once

#include "sim/recording/recording.h"

namespace foresight {

/// Hash of a compiled model: equal models give equal simulations.
std::string model_sha256(const mjModel& model);

/// Describes a world as the start of a segment.
SegmentStart segment_start(const World& world, nlohmann::json info);

/// Call before_step() right before World::step() and after_step() right after it. Kicks, forces,
/// moved objects and set_state() between two steps are found by comparing states.
class WorldRecorder {
 public:
  /// Begins a segment. `recording` must outlive the recorder; a new scene needs a new recorder.
  WorldRecorder(Recording& recording, const World& world, nlohmann::json info = {});

  void before_step(const World& world);
  void after_step(const World& world, StepStatus status, Channels channels = {});

 private:
  Recording& recording_;
  std::vector<double> last_;
  RecordedStep step_;
};

}  // namespace foresight
