// Task: what the character is asked to do. Costs that steer the predictions, parameters with units
// and ranges, and what an episode of it is: scene, stages, when it is done (task_episode.h). A new
// task is one new file in controller/tasks/ that ends in FORESIGHT_TASK(function); app, headless
// runs, tests and docs find it in the registry.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/costs/cost.h"
#include "sim/character.h"

namespace foresight {

struct TaskParameter {
  std::string name, unit;
  double low = 0, high = 1, value = 0;  // range and default
  std::string help;
  bool internal = false;  // set by the task's episode, not by people
};

/// How far one network call may move a prediction.
struct GuidanceSettings {
  double max_gain = 1.0;   // limit of sqrt(1/abar - 1)
  double trust = 1.0;      // longest step of one token, in m, m/s, rad, rad/s alike
  int unguided_from = 18;  // levels from here on are left alone (of 20; others in proportion)
};

/// What costs bear that ask only for what a body can do: eased from what it does now (easing.h).
inline constexpr GuidanceSettings kStrongGuidance{.max_gain = 2.4, .trust = 5};

/// One value per parameter, in order.
using TaskValues = std::vector<double>;

class TaskEpisode;
struct EvalData;

/// What an episode begins with.
struct TaskStart {
  const Character& character;
  TaskValues values;
  std::uint64_t seed = 0;
  const EvalData* data = nullptr;  // keyframes for tasks that need them; may be null
};

struct Task {
  std::string name, summary;
  std::vector<TaskParameter> parameters;
  std::vector<Cost> costs;  // none: unguided
  GuidanceSettings guidance;
  /// What happens in an episode. Empty: a bare floor, values as they are, no end.
  std::function<std::unique_ptr<TaskEpisode>(const TaskStart&)> begin;

  TaskValues defaults() const;
  /// Index of a parameter. Throws InputError listing the names.
  int parameter(const std::string& name) const;
  /// Adds a parameter and returns its index.
  int add(const TaskParameter& parameter);
};

/// An episode of the task; one that asks for nothing when the task does not say.
std::unique_ptr<TaskEpisode> begin_episode(const Task& task, const TaskStart& start);

/// All registered tasks, in name order.
const std::vector<Task>& all_tasks();

/// Throws InputError listing the names when there is none.
const Task& find_task(const std::string& name);

/// Values from "name=value" settings on top of the defaults. Throws InputError for an unknown name,
/// a value that is not a number or out of range (the message gives range and unit).
TaskValues task_values(const Task& task, const std::vector<std::string>& settings);

/// Adds a task to the registry when the program starts.
struct TaskRegistration {
  explicit TaskRegistration(Task (*make)());
};

#define FORESIGHT_TASK(make) static const ::foresight::TaskRegistration registration_of_##make(make)

}  // namespace foresight
