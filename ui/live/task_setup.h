// TaskSetup: what the user asked for, as plain data: a registered task with parameter values and
// cost weights, and further cost terms. Knows the registry so that panels need no tensors.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace foresight {

struct Task;

/// A parameter of a registered task or cost term.
struct ParameterInfo {
  std::string name, unit, help;
  double low = 0, high = 1, value = 0;  // range and default
  bool internal = false;                // not set by people
};

/// What a panel needs to know about a registered task.
struct TaskInfo {
  std::string name, summary;
  std::vector<ParameterInfo> parameters;
  std::vector<std::string> costs;
  std::vector<double> weights;  // default weight per cost

  TaskInfo() = default;
  explicit TaskInfo(const Task& task);
};

/// What a panel needs to know about a cost term that can be added to a task.
struct TermInfo {
  std::string name, summary;
  std::vector<ParameterInfo> parameters;
};

/// All registered tasks in name order, and all terms.
const std::vector<TaskInfo>& task_catalogue();
const std::vector<TermInfo>& term_catalogue();
/// Both throw InputError listing the names.
const TaskInfo& task_info(const std::string& name);
const TermInfo& term_info(const std::string& name);

/// A further cost term with its numbers.
struct TermSetup {
  std::string name;
  double weight = 1;
  std::vector<double> values;
  bool operator==(const TermSetup&) const = default;
};

/// Values in the order of the task's parameters, weights in that of its costs.
struct TaskSetup {
  std::string name;
  std::vector<double> values, weights;
  std::vector<TermSetup> terms;
  bool operator==(const TaskSetup&) const = default;

  /// Values of the built task: those of the task, then those of the terms.
  std::vector<double> all_values() const;
  /// True when both build the same task, whatever the values.
  bool same_costs(const TaskSetup& other) const;
};

/// A registered task at its defaults.
TaskSetup default_setup(const std::string& name);
/// A term at its defaults.
TermSetup default_term(const std::string& name);

/// {"task", "values", "weights", "terms": [{"term", "weight", "values"}]}; `foresight run
/// --task-file` reads task and values of it.
nlohmann::json to_json(const TaskSetup& setup);
/// Throws InputError naming `source` and the field; values out of range are refused.
TaskSetup setup_from_json(const nlohmann::json& json, const std::string& source);

/// The task that the controller gets: the registered one with the chosen weights, and the terms
/// with their parameters at the end.
std::shared_ptr<const Task> build_task(const TaskSetup& setup);

}  // namespace foresight
