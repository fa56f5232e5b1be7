// What a recording holds per control step, and how that is laid out in a chunk.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "sim/recording/bytes.h"
#include "sim/world.h"

namespace foresight {

/// A named value of any of these types. The simulator gives them no meaning: whoever drives the
/// world fills in its task, plan and timings.
using ChannelValue =
    std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>, std::string>;
using Channels = std::map<std::string, ChannelValue>;

/// One number of World::save() that was changed from outside before the step.
struct StateChange {
  std::uint32_t index = 0;
  double value = 0;
};

struct RecordedStep {
  std::vector<StateChange> changes;  // PD targets, kicks, forces, moved objects, resets
  StepStatus status = StepStatus::kOk;
  std::uint64_t hash = 0;    // World::state_hash() after the step
  std::vector<double> qpos;  // of the whole scene after the step (m, wxyz, rad)
  std::vector<double> qvel;  // m/s, rad/s
  Channels channels;
};

/// Something that happened between two steps: a setting, a checkpoint, a task's name.
struct RecordedEvent {
  std::int64_t step = 0;  // it happened before this step
  nlohmann::json what;
};

/// About a second of steps that can be read on its own.
struct StepBlock {
  std::int64_t segment = 0;
  std::int64_t first = 0;     // number of the first step
  std::vector<double> state;  // World::save() before the first step's changes
  std::vector<RecordedStep> steps;
  std::vector<RecordedEvent> events;
};

std::string encode_block(const StepBlock& block);

/// Throws InputError with `name` when the bytes are not a block.
StepBlock decode_block(std::string_view bytes, const std::string& name);

}  // namespace foresight
