// Walk to a place and stop there.
#include "controller/goal_episode.h"
#include "controller/task_weights.h"

namespace foresight {
namespace {

Task make_waypoint() {
  Task task;
  task.name = "waypoint";
  task.summary = "Walk to a place on the ground";
  const GoalParameters goal = add_goal(task, {4, 0}, 1.2);
  set_weight(task, "approach", 1);
  set_weight(task, "facing", 0.2);
  task.guidance = {.max_gain = 2.4, .trust = 5};
  task.begin = [goal](const TaskStart& start) {
    return std::make_unique<GoalEpisode>(goal, 0.3, start.values);
  };
  return task;
}

FORESIGHT_TASK(make_waypoint);

}  // namespace
}  // namespace foresight
