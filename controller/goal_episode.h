// GoalEpisode: walk to a goal on the ground given by parameters of the task.
#pragma once

#include "controller/costs/terms.h"
#include "controller/task_episode.h"
#include "controller/task_layouts.h"
#include "controller/walker.h"

namespace foresight {

/// Parameters of a task that walks to a goal.
struct WalkParameters {
  GoalParameters goal;
  int speed;
};

/// The terms that follow a track (walker.h), with the guidance that suits them.
void add_track_costs(Task& task);

/// The same and the parameters "goal_x", "goal_y" and "speed", their names after `prefix`, added to
/// a task.
WalkParameters add_walk(Task& task, const Eigen::Vector2d& place, double speed,
                        const std::string& prefix = "");

/// Walks to `goal`, world, m: lays the track and puts the goal into the task's values.
void walk_to(const Eigen::Vector2d& goal, const WalkParameters& walk, Walker& walker,
             const TaskView& view, TaskOrders& orders);

/// Done when the root is within `radius` of the goal. Walks round obstacles and movers; draws the
/// goal.
class GoalEpisode : public TaskEpisode {
 public:
  GoalEpisode(const WalkParameters& walk, double radius, const TaskValues& values,
              std::vector<SceneObject> objects = {});

  Scene scene() const override { return scene_; }
  void direct(const TaskView& view, TaskOrders& orders) override;
  void move(World& world, double seconds) override;
  Verdict judge(const TaskView& view) override;
  std::map<std::string, double> measures() const override;

 protected:
  Eigen::Vector2d place() const { return place_; }
  /// Where it walks to, world, m.
  virtual Eigen::Vector2d aim() const { return place_; }

 private:
  WalkParameters walk_;
  Walker walker_;
  double radius_;
  Eigen::Vector2d place_;
  Scene scene_;
  double error_ = 0;      // m, at the last control step
  bool scraped_ = false;  // trunk touched an obstacle
};

}  // namespace foresight
