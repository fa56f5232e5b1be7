// GroundCurve: a curve on the ground by its length, and tracks along it.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "controller/task_episode.h"

namespace foresight {

class GroundCurve {
 public:
  /// Through two points or more, m, no two of them in a row the same. A closed one goes on from the
  /// last point to the first.
  GroundCurve(std::vector<Eigen::Vector2d> points, bool closed);

  bool closed() const { return closed_; }
  /// Of once round or from end to end, m.
  double length() const { return lengths_.back(); }

  /// The point so far along the curve; an open one ends where it ends.
  Eigen::Vector2d at(double length) const;

  /// Length of the point nearest to `place`, searched from `from` to `from` + `ahead`.
  double nearest(const Eigen::Vector2d& place, double from, double ahead) const;

 private:
  bool closed_;
  std::vector<Eigen::Vector2d> points_;
  std::vector<double> lengths_;  // m, from the first point
};

/// Lays the track of who follows a curve with `speed`, m/s, and stops at the end of an open one.
/// `along`, m: how far the character has come on it, from one control step to the next.
void follow_curve(const TaskView& view, const GroundCurve& curve, double speed, double& along,
                  TaskOrders& orders);

}  // namespace foresight
