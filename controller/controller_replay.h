// Runs the controller of a recording again: it is told what it was told then, sees the states of
// the log, plans at the steps at which it planned then, and its actions are compared.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/control_settings.h"
#include "controller/task.h"
#include "sim/recording/replay.h"

namespace foresight {

struct ControllerReplayInput {
  std::shared_ptr<const Character> character;
  /// Checkpoint of a hash; throws InputError when it is not at hand.
  std::function<std::shared_ptr<const LookaheadModel>(const std::string& sha256)> model;
  /// Task from what the log tells of it (ControlLog::set_task); throws InputError.
  std::function<std::shared_ptr<const Task>(const nlohmann::json&)> task;
  double tolerance = 0;  // rad; actions that differ by more are reported
};

struct ActionDifference {
  std::int64_t step = 0;
  int character = 0;
  std::string joint;
  double recorded = 0, computed = 0;  // rad
};

struct ControllerReplayReport {
  ReplayReport physics;
  std::int64_t compared = 0;  // actions: one per control step and character
  std::int64_t other = 0;     // decided by something else, by nobody, or from an unknown start
  double largest = 0;         // difference of a target, rad
  std::optional<ActionDifference> first;  // that exceeds the tolerance
};

/// Throws InputError when the recording does not tell what its controller was told, or was made
/// with a checkpoint that is not at hand. Stops at the first step at which the physics differs.
ControllerReplayReport replay_controller(RecordingReader& reader,
                                         const ControllerReplayInput& input);

}  // namespace foresight
