// Weights of tasks as a file, so that what tuning found need not be compiled in:
// {"forest": {"scale": 1, "trust": 0.5, "max_gain": 1, "terms": {"obstacles": 0.4}}, ...}; every
// field may be left out.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "controller/task.h"
#include "sim/base/files.h"

namespace foresight {

/// Reads a weights file. Throws InputError naming file, task and field for unknown tasks, terms and
/// fields and for numbers that are not positive.
nlohmann::json load_task_weights(const fs::path& file);

/// assets/tasks/weights.json where there is one, else an empty object.
nlohmann::json shipped_task_weights();

/// Puts a task's entry, if there is one, in force.
void apply_weights(const nlohmann::json& weights, Task& task);

/// Sets one number: "scale" (factor on all terms), "trust", "max_gain" or the weight of the terms
/// of that name. Throws InputError when the task has none.
void set_weight(Task& task, const std::string& what, double value);

}  // namespace foresight
