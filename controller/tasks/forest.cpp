// Walk to a goal behind a field of about 40 trees (protocol "forest").
#include "controller/goal_episode.h"

namespace foresight {
namespace {

Task make_forest() {
  Task task;
  task.name = "forest";
  task.summary = "Walk to a goal on the other side of a forest";
  const WalkParameters walk = add_walk(task, {15, 0}, 1.2);
  task.costs.push_back(obstacle_cost(0.4));
  task.begin = [walk](const TaskStart& start) {
    const Eigen::Vector2d there(start.values[walk.goal.x], start.values[walk.goal.y]);
    auto trees = forest({{0, -5}, {15, 5}}, 40, 1.4, {{0, 0}, there}, start.seed);
    return std::make_unique<GoalEpisode>(walk, 0.5, start.values, std::move(trees));
  };
  return task;
}

FORESIGHT_TASK(make_forest);

}  // namespace
}  // namespace foresight
