// Route: the way to a goal round what stands there.
#pragma once

#include <Eigen/Core>
#include <functional>

namespace foresight {

/// Distance from a place on the ground to the nearest thing, m, negative inside.
using FreeSpace = std::function<double(const Eigen::Vector2d&)>;

/// Travel times to a goal over a grid, by fast marching (Sethian 1996) of |grad T| = 1 / s. The
/// speed s is 1 where there is half a metre of space and falls to nearly 0 where there is none, so
/// wide gaps are preferred to narrow ones and narrow ones to walls.
class Route {
 public:
  /// The grid covers the rectangle from `low` to `high`, in which the goal lies.
  Route(const FreeSpace& space, const Eigen::Vector2d& goal, const Eigen::Vector2d& low,
        const Eigen::Vector2d& high);

  /// Unit vector of the fastest way from a place; straight on near the goal, 0 in it.
  Eigen::Vector2d way(const Eigen::Vector2d& place) const;

 private:
  void march();
  double arrival(int x, int y) const;

  Eigen::Vector2d goal_, low_;
  Eigen::ArrayXXd speed_, time_;  // per cell (x, y)
};

}  // namespace foresight
