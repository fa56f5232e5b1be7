// Tracks on the ground: Surroundings::track laid along a velocity field, and to a goal (Walker).
#pragma once

#include <functional>
#include <optional>

#include "controller/route.h"
#include "controller/task_episode.h"

namespace foresight {

/// Velocity asked for at a place on the ground, world, m/s.
using VelocityField = std::function<Eigen::Vector2d(const Eigen::Vector2d& place)>;

/// Fills Surroundings::track with where the root gets from here with the velocities asked for, to
/// which it comes from the velocity of now (easing.h).
void lay_track(const TaskView& view, const VelocityField& asked, Surroundings& around);

/// Walks one character to a goal, round what stands in the way and what will have moved there by
/// the time it comes, slowing down at the goal.
class Walker {
 public:
  /// Lays the track. `goal` in the world, m; `speed` in m/s. The orders' obstacles and movers are
  /// walked round.
  void lay(const TaskView& view, const Eigen::Vector2d& goal, double speed, TaskOrders& orders);

 private:
  bool stale(const Eigen::Vector2d& goal, const Surroundings& around);

  std::optional<Route> route_;
  Eigen::Vector2d goal_ = Eigen::Vector2d::Zero();
  std::vector<Obstacle> obstacles_;  // that the route goes round
  int age_ = 0;                      // control steps since the route was found
};

}  // namespace foresight
