// GoalEpisode: walk to a goal on the ground given by two parameters of the task.
#pragma once

#include "controller/costs/terms.h"
#include "controller/task_episode.h"
#include "controller/task_layouts.h"

namespace foresight {

/// Done when the root is within `radius` of (values[x], values[y]). Draws the goal.
class GoalEpisode : public TaskEpisode {
 public:
  GoalEpisode(const GoalParameters& goal, double radius, const TaskValues& values,
              std::vector<SceneObject> objects = {});

  Scene scene() const override { return scene_; }
  void direct(const TaskView& view, TaskOrders& orders) override;
  void move(World& world, double seconds) override;
  Verdict judge(const TaskView& view) override;
  std::map<std::string, double> measures() const override;

 protected:
  Eigen::Vector2d place() const { return place_; }

 private:
  GoalParameters goal_;
  double radius_;
  Eigen::Vector2d place_;
  Scene scene_;
  double error_ = 0;      // m, at the last control step
  bool scraped_ = false;  // trunk touched an obstacle
};

/// Parameters "goal_x", "goal_y" and "speed" added to a task, with the terms that walk there:
/// approach, facing and, over the last steps, waypoint.
GoalParameters add_goal(Task& task, const Eigen::Vector2d& place, double speed);

}  // namespace foresight
