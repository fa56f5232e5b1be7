// Tasks from JSON files: terms, stages and a scene without writing C++ (docs/adding-a-task.md).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "controller/costs/terms.h"
#include "controller/task.h"
#include "sim/base/files.h"

namespace foresight {

struct TaskFile {
  std::shared_ptr<const Task> task;
  TaskValues values;
};

/// Two forms: {"task": NAME, "values": {NAME: NUMBER}, "weights": {TERM: NUMBER}, "terms":
/// [{"term": NAME, "weight": NUMBER, "values": {NAME: NUMBER}}]} changes a registered task, as the
/// app saves it; {"name": ..., "stages": [...]} composes one. Throws InputError naming file, stage
/// and field.
TaskFile load_task_file(const fs::path& file);

/// The same from the file's content; `source` is for messages.
TaskFile task_from_json(const nlohmann::json& json, const std::string& source);

/// Adds a term to a task, and its numbers as parameters named prefix + field at their defaults.
/// Returns the parameters' indices.
std::vector<int> add_term(Task& task, const TermKind& kind, double weight,
                          const std::string& prefix);

}  // namespace foresight
