// What a controller is told between two control steps, as channels of a recording, so that it can
// be run again from the log alone: neither the task's episode nor the people at the keys are needed
// for that.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controller/surroundings.h"
#include "controller/task.h"
#include "sim/recording/recorded_step.h"

namespace foresight {

/// A state that came before, and the action (nu, rad) that led to it.
struct Moment {
  BodyState state;
  std::vector<double> executed;
};

/// How a controller begins anew.
struct ControlStart {
  std::uint64_t seed = 0;
  BodyState now;
  std::vector<double> held;  // PD targets in force (nu, rad)
  std::vector<Moment> past;  // oldest first; may be empty
};

/// What is asked from now on.
struct ControlOrders {
  TaskValues values;
  std::shared_ptr<const Surroundings> surroundings;  // null: nothing stands there
};

/// When a plan was started and from which control step on it was used, counted from the start.
struct PlanTiming {
  std::int64_t start = 0, ready = 0;
  bool operator==(const PlanTiming&) const = default;
};

/// One control step of one character, as read from a recording.
struct ControlStep {
  struct Start {
    nlohmann::json task;
    ControlOrders orders;  // in force when it began
    ControlStart control;
  };
  std::optional<Start> start;
  std::optional<nlohmann::json> task;  // a change since the start or the last step
  std::optional<TaskValues> values;    // changes
  std::optional<std::vector<Obstacle>> obstacles;
  std::optional<Surroundings> around;  // without obstacles
  std::optional<PlanTiming> plan;      // a plan used from this step on
  bool lost = false;                   // put into a state that is not in the log
  bool acted = false;                  // this step's action is the controller's
};

/// Notes for one character; `take` moves them into the channels of the step that was just made.
class ControlLog {
 public:
  /// `task` is a form from which whoever reads the log can build it again.
  void set_task(nlohmann::json task);
  void set_orders(ControlOrders orders) { orders_ = std::move(orders); }
  void set_values(TaskValues values) { orders_.values = std::move(values); }
  void start(const ControlStart& start);
  /// The controller decides this step; `plan`: the one that is used from this step on.
  void acted(std::optional<PlanTiming> plan);
  /// The controller was given a state that the log does not tell.
  void lost() { pending_.lost = true; }
  /// What was noted since the last call, as channels of a character; orders stay in force.
  void take(int character, Channels& channels);

 private:
  std::string task_;
  ControlOrders orders_;
  Channels start_;
  std::string task_change_;
  ControlStep pending_;
  // What the log told last.
  std::vector<double> told_values_, told_obstacles_, told_around_;
};

/// Reads the notes of a character back. Throws InputError with `name` when they are damaged.
ControlStep control_step(const RecordedStep& step, int character, const std::string& name);

/// The numbers of a task that tuning and people change: weights of all costs, guidance.
nlohmann::json task_numbers(const Task& task);
/// Puts them into a task with the same costs. Throws InputError with `name` when it has others.
void set_task_numbers(const nlohmann::json& numbers, const std::string& name, Task& task);

}  // namespace foresight
