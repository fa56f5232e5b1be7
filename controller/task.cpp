#include "controller/task.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "controller/task_episode.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

// Filled while the program starts; the order of files is not known, so it is sorted on first use.
std::vector<Task (*)()>& makers() {
  static std::vector<Task (*)()> list;
  return list;
}

double parse_value(const TaskParameter& p, const std::string& text, const std::string& task) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (number && std::isfinite(value) && value >= p.low && value <= p.high) return value;
  char range[96];
  std::snprintf(range, sizeof(range), "%g to %g %s", p.low, p.high, p.unit.c_str());
  throw InputError("task " + task + ": " + p.name + "=" + text + ": expected a number from " +
                   range);
}

}  // namespace

TaskValues Task::defaults() const {
  TaskValues values;
  for (const TaskParameter& p : parameters) values.push_back(p.value);
  return values;
}

int Task::parameter(const std::string& wanted) const {
  std::string known;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].name == wanted) return static_cast<int>(i);
    if (!parameters[i].internal) known += (known.empty() ? "" : ", ") + parameters[i].name;
  }
  throw InputError("task " + name + " has no parameter \"" + wanted + "\"; it has " +
                   (known.empty() ? "none" : known));
}

int Task::add(const TaskParameter& parameter) {
  parameters.push_back(parameter);
  return static_cast<int>(parameters.size()) - 1;
}

std::unique_ptr<TaskEpisode> begin_episode(const Task& task, const TaskStart& start) {
  return task.begin ? task.begin(start) : std::make_unique<TaskEpisode>();
}

const std::vector<Task>& all_tasks() {
  static const std::vector<Task> tasks = [] {
    std::vector<Task> list;
    for (const auto make : makers()) list.push_back(make());
    std::sort(list.begin(), list.end(),
              [](const Task& a, const Task& b) { return a.name < b.name; });
    return list;
  }();
  return tasks;
}

const Task& find_task(const std::string& name) {
  std::string known;
  for (const Task& task : all_tasks()) {
    if (task.name == name) return task;
    known += (known.empty() ? "" : ", ") + task.name;
  }
  throw InputError("no task \"" + name + "\"; there are " + known);
}

TaskValues task_values(const Task& task, const std::vector<std::string>& settings) {
  TaskValues values = task.defaults();
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) {
      throw InputError("\"" + setting + "\": expected name=value");
    }
    const int index = task.parameter(setting.substr(0, equals));
    values[index] = parse_value(task.parameters[index], setting.substr(equals + 1), task.name);
  }
  return values;
}

TaskRegistration::TaskRegistration(Task (*make)()) { makers().push_back(make); }

}  // namespace foresight
