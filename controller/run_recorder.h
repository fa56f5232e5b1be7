// Writes a headless run into a recording: physics for exact replay, what the controller was told,
// and beside it what was planned.
#pragma once

#include "controller/headless_run.h"
#include "sim/recording/world_recorder.h"

namespace foresight {

class RunRecorder : public RunObserver {
 public:
  /// Starts the file; without a name the recording stays in memory. Throws InputError when the file
  /// exists and `overwrite` is false. `info` (task, checkpoint) is kept with the segment.
  RunRecorder(const World& world, std::uint64_t seed, nlohmann::json info, const fs::path& file,
              bool overwrite);

  void on_start(int character, const ControlStart& start) override;
  void before_step(const World& world) override;
  void after_step(const RunStep& step) override;
  void finish() { recording_->finish(); }
  /// Content of a recording in memory.
  const std::string& bytes() const { return recording_->bytes(); }

 private:
  std::unique_ptr<Recording> recording_;
  WorldRecorder recorder_;
  std::vector<ControlLog> logs_;  // one per character
};

/// Channels of a control step: plan.id, plan.age (control steps), plan.root (x, y, z of the
/// predicted root per token, world frame, m), network_calls, step_ms, task.values.
Channels plan_channels(const LookaheadController& controller, int world, double step_ms);

/// Info of a run's segment: what replaying the controller needs beside the log. `task` is a form
/// from which the task can be built again.
nlohmann::json run_info(const LookaheadController& controller, const LookaheadOptions& options,
                        const RunOptions& run, const EvalData& data, const nlohmann::json& task);

}  // namespace foresight
