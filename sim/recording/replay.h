// Simulates a recording again from its inputs and compares.
#pragma once

#include <functional>
#include <optional>

#include "sim/recording/recording_reader.h"

namespace foresight {

/// The first step whose state is not that of the log.
struct ReplayDifference {
  std::int64_t step = 0;
  std::string field;  // "qpos of left_knee", "status", ...
  double recorded = 0, simulated = 0;
};

struct ReplayReport {
  std::int64_t steps = 0;  // simulated again, including the one that differs
  std::optional<ReplayDifference> difference;
  bool same_models = true;  // false: this program compiles other models from the recorded scenes
};

/// World of a segment at its start. Throws InputError when the recording was made with another
/// character or its state does not fit the scene.
std::unique_ptr<World> segment_world(const RecordingReader& reader, std::int64_t segment,
                                     std::shared_ptr<const Character> character);

using ReplayObserver = std::function<void(std::int64_t step, const World&)>;

/// Steps through the whole recording and stops at the first difference. `after` sees the world
/// after every step, `before` when the step's inputs are in place.
ReplayReport replay(RecordingReader& reader, std::shared_ptr<const Character> character,
                    const ReplayObserver& after = {}, const ReplayObserver& before = {});

/// Puts `world` (of the step's segment) into the state after `step`, bit for bit, by simulating at
/// most one block of steps.
void seek(RecordingReader& reader, std::int64_t step, World& world);

}  // namespace foresight
