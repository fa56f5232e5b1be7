#include "controller/goal_episode.h"

namespace foresight {

GoalEpisode::GoalEpisode(const WalkParameters& walk, double radius, const TaskValues& values,
                         std::vector<SceneObject> objects)
    : walk_(walk), radius_(radius), place_(values[walk.goal.x], values[walk.goal.y]) {
  scene_.objects = std::move(objects);
  scene_.objects.push_back(ground_marker("goal", place_, radius));
}

void GoalEpisode::direct(const TaskView& view, TaskOrders& orders) {
  place_ = {orders.values[walk_.goal.x], orders.values[walk_.goal.y]};
  walk_to(aim(), walk_, walker_, view, orders);
}

void GoalEpisode::move(World& world, double /*seconds*/) {
  world.move_object(object_named(scene_, "goal"), {place_.x(), place_.y(), 0.01});
}

Verdict GoalEpisode::judge(const TaskView& view) {
  scraped_ = scraped_ || view.world.trunk_contact(view.which);
  error_ = (view.state.root_position.head<2>() - place_).norm();
  return error_ <= radius_ ? Verdict::success() : Verdict::running();
}

std::map<std::string, double> GoalEpisode::measures() const {
  return {{"goal_error_m", error_}, {"clean", scraped_ ? 0.0 : 1.0}};
}

void walk_to(const Eigen::Vector2d& goal, const WalkParameters& walk, Walker& walker,
             const TaskView& view, TaskOrders& orders) {
  orders.values[walk.goal.x] = goal.x();
  orders.values[walk.goal.y] = goal.y();
  walker.lay(view, goal, orders.values[walk.speed], orders);
}

void add_track_costs(Task& task) {
  for (const Cost& cost : {pace_cost(1), track_cost(0.1), along_cost(0.2)}) {
    task.costs.push_back(cost);
  }
  task.guidance = kStrongGuidance;
}

WalkParameters add_walk(Task& task, const Eigen::Vector2d& place, double speed,
                        const std::string& prefix) {
  const WalkParameters walk{
      {task.add({prefix + "goal_x", "m", -1e3, 1e3, place.x(), "goal, world x"}),
       task.add({prefix + "goal_y", "m", -1e3, 1e3, place.y(), "goal, world y"})},
      task.add({prefix + "speed", "m/s", 0, 4, speed, "speed over ground on the way"})};
  add_track_costs(task);
  return walk;
}

}  // namespace foresight
