// Tasks from JSON files: terms, stages and a scene without writing C++ (docs/adding-a-task.md).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "controller/task.h"
#include "sim/base/files.h"

namespace foresight {

struct TaskFile {
  std::shared_ptr<const Task> task;
  TaskValues values;
};

/// Two forms: {"task": NAME, "values": {NAME: NUMBER}} gives a registered task with values;
/// {"name": ..., "stages": [...]} composes one. Throws InputError naming file, stage and field.
TaskFile load_task_file(const fs::path& file);

/// The same from the file's content; `source` is for messages.
TaskFile task_from_json(const nlohmann::json& json, const std::string& source);

}  // namespace foresight
