// Replays of recordings with their controller: finds the checkpoint and builds the tasks.
#pragma once

#include <string>
#include <vector>

#include "controller/controller_replay.h"

namespace foresight {

struct RerunOptions {
  std::vector<std::string> checkpoints;  // files
  std::string device = "cpu";
  int threads = 0;       // 0: as recorded
  double tolerance = 0;  // rad
};

/// `file` is the recording's or pack's. Throws InputError when a checkpoint of the log is not at
/// hand; the message says what to pass.
ControllerReplayReport rerun_controller(RecordingReader& reader,
                                        std::shared_ptr<const Character> character,
                                        const fs::path& file, const RerunOptions& options);

/// Prints the result; the text of a difference, empty without one.
std::string tell_rerun(const ControllerReplayReport& report, double tolerance);

nlohmann::json rerun_json(const ControllerReplayReport& report);

}  // namespace foresight
