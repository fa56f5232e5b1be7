#include "controller/goal_episode.h"

namespace foresight {

GoalEpisode::GoalEpisode(const GoalParameters& goal, double radius, const TaskValues& values,
                         std::vector<SceneObject> objects)
    : goal_(goal), radius_(radius), place_(values[goal.x], values[goal.y]) {
  scene_.objects = std::move(objects);
  scene_.objects.push_back(ground_marker("goal", place_, radius));
}

void GoalEpisode::direct(const TaskView& /*view*/, TaskOrders& orders) {
  place_ = {orders.values[goal_.x], orders.values[goal_.y]};
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

GoalParameters add_goal(Task& task, const Eigen::Vector2d& place, double speed) {
  const GoalParameters goal{task.add({"goal_x", "m", -1e3, 1e3, place.x(), "goal, world x"}),
                            task.add({"goal_y", "m", -1e3, 1e3, place.y(), "goal, world y"})};
  const int fast = task.add({"speed", "m/s", 0, 4, speed, "speed over ground on the way"});
  task.costs.push_back(approach_cost(0.3, goal, fast));
  task.costs.push_back(facing_cost(0.1, goal));
  task.costs.push_back(waypoint_cost(0.02, goal));
  return goal;
}

}  // namespace foresight
