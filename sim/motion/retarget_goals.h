// What a retargeted motion should reach: a source motion's joints, scaled and resampled, as goals
// for the character's bodies.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <string>
#include <vector>

#include "sim/character.h"
#include "sim/motion/pose_solver.h"
#include "sim/motion/source_motion.h"

namespace foresight {

/// A role's trajectory: a point of a body and its goal in every frame (3 x frames, m, world).
struct PointTrack {
  std::string role;
  int body;
  Eigen::Vector3d local;
  double weight;
  Eigen::Matrix3Xd goals;
};

/// Goal orientation of a body in every frame.
struct TurnTrack {
  std::string role;
  int body;
  double weight;
  std::vector<Eigen::Quaterniond> goals;
};

struct RetargetGoals {
  double scale = 1;
  int frames = 0;
  std::vector<PointTrack> points;
  std::vector<TurnTrack> turns;

  /// The role's track; null when the character or the source lacks it.
  const PointTrack* find(const std::string& role) const;
  /// The same where it must be there. Throws InternalError.
  const PointTrack& point(const std::string& role) const;
  PointTrack& point(const std::string& role);
  TurnTrack& turn(const std::string& role);
  /// The goals of one frame.
  PoseProblem problem(int frame) const;
};

/// Length of the character's leg, hip to knee to ankle, m.
double leg_length(const Character& character);

/// Goals for every role that both the source and the character have. `source` has the clip's rate.
RetargetGoals make_goals(const Character& character, const SourceMotion& source);

}  // namespace foresight
