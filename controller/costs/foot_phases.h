// When a foot of a predicted motion stands and when it swings, and how to put it elsewhere.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "controller/costs/predicted_motion.h"

namespace foresight {

/// Key points of a foot: where the leg ends and its tip.
struct Foot {
  int ankle, toe;

  /// `key`: one of StateLayout::feet.
  Foot(const StateLayout& layout, int key);

  /// m, heading frame of now.
  Eigen::Vector3d middle(const PredictedMotion& motion, int f) const;
};

/// A stretch of frames [begin, end) in which a foot stands, or does not.
struct FootPhase {
  int begin, end;
  bool stands;
};

/// All phases in order. A foot stands while its tip is slower than 0.9 m/s over ground.
std::vector<FootPhase> foot_phases(const PredictedMotion& motion, const Foot& foot);

/// Moves the foot, the last link of a leg, by `by` as it is and bends the leg above it. `links`:
/// ends of the leg's links, in and out; `lengths`: of all links; `hip`: where it begins. m.
void shift_foot(const Eigen::Vector3d& hip, const std::vector<double>& lengths,
                const Eigen::Vector3d& by, std::vector<Eigen::Vector3d>& links);

}  // namespace foresight
