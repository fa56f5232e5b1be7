// Writes a headless run into a recording: physics for exact replay, and beside it what was planned.
#pragma once

#include "controller/headless_run.h"
#include "sim/recording/world_recorder.h"

namespace foresight {

class RunRecorder : public RunObserver {
 public:
  /// Starts the file. Throws InputError when it exists and `overwrite` is false. `info` (task,
  /// checkpoint) is kept with the segment.
  RunRecorder(const World& world, const RunOptions& options, nlohmann::json info,
              const fs::path& file, bool overwrite);

  void before_step(const World& world) override;
  void after_step(const RunStep& step) override;
  void finish() { recording_.finish(); }

 private:
  Recording recording_;
  WorldRecorder recorder_;
};

/// Channels of a control step: plan.id, plan.age (control steps), plan.root (x, y, z of the
/// predicted root per token, world frame, m), network_calls, step_ms, task.values.
Channels plan_channels(const LookaheadController& controller, int world, double step_ms);

}  // namespace foresight
