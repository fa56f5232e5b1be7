// Settings of a controller as a recording keeps them: with these, the checkpoint and the log it can
// be built again.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "controller/lookahead_controller.h"

namespace foresight {

struct ControlSettings {
  std::string checkpoint_sha256;  // empty: nobody controls
  LookaheadOptions options;
  bool threaded = false;  // plans on a thread of its own (PlanWorker)
  bool shared = false;    // one controller plans for all characters of the scene as one batch
  int threads = 1;        // inside one tensor operation
  std::string device;
};

/// Settings of a controller in this process, with threads and device as they are now.
ControlSettings control_settings(const LookaheadModel& model, const LookaheadOptions& options,
                                 bool threaded, bool shared);

nlohmann::json to_json(const LookaheadOptions& options);
nlohmann::json to_json(const ControlSettings& settings);

/// Throws InputError with `name` when a field is missing or out of range.
ControlSettings control_settings_from_json(const nlohmann::json& json, const std::string& name);

}  // namespace foresight
