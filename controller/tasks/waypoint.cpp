// Walk to a place and stop there.
#include "controller/goal_episode.h"

namespace foresight {
namespace {

Task make_waypoint() {
  Task task;
  task.name = "waypoint";
  task.summary = "Walk to a place on the ground";
  const WalkParameters walk = add_walk(task, {4, 0}, 1.2);
  task.begin = [walk](const TaskStart& start) {
    return std::make_unique<GoalEpisode>(walk, 0.3, start.values);
  };
  return task;
}

FORESIGHT_TASK(make_waypoint);

}  // namespace
}  // namespace foresight
