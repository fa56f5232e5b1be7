// ReferenceMotion: clips as flat tables of what the tracking expert compares itself with.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "sim/motion/clip.h"
#include "sim/world.h"

namespace foresight {

/// One stretch of frames inside a ReferenceMotion.
struct ReferenceClip {
  std::string name, licence, category, split;
  int begin = 0;   // first frame
  int frames = 0;  // at the character's control rate
  bool mirrored = false;
};

/// Column f of every matrix is frame f. World frame; m, wxyz, rad.
struct ReferenceMotion {
  std::vector<ReferenceClip> clips;
  Eigen::MatrixXd qpos, qvel;     // nq x F, nv x F
  Eigen::MatrixXd body_position;  // 3 B x F
  Eigen::MatrixXd body_rotation;  // 4 B x F
  Eigen::MatrixXd end_position;   // 3 E x F: key points of the end effectors
  Eigen::MatrixXd target;  // nu x F: PD targets that the expert's residuals are added to, rad

  int frames() const { return static_cast<int>(qpos.cols()); }
};

/// Forward kinematics of all clips; with `mirrored` every clip is followed by its mirror image.
/// A PD actuator damps the joint's own velocity, so a moving joint lags kv / kp seconds behind its
/// target; targets run ahead of the reference by `velocity_lead` (1: all) of that.
/// Throws InputError for clips that are not at the character's control rate.
ReferenceMotion build_reference(const Character& character, const std::vector<Clip>& clips,
                                bool mirrored, double velocity_lead = 1);

/// Key point (index into Character::key_points) that lies on each end effector.
std::vector<int> end_effector_key_points(const Character& character);

}  // namespace foresight
