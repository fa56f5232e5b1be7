// The character's tree of bodies as animation programs know skeletons: one joint per body with all
// its hinges merged, a rest pose with the arms stretched out (T-pose).
#pragma once

#include <Eigen/Geometry>
#include <string>
#include <vector>

#include "sim/character.h"

namespace foresight {

struct SkeletonJoint {
  std::string name;  // of the body
  int parent = -1;
  int body = 0;            // MuJoCo body id in Character::model
  Eigen::Vector3d offset;  // from the parent's joint in the rest pose, world axes, m
  Eigen::Vector3d tip;     // end of a joint without children, as `offset`
  std::string tip_name;    // "left_hand", "right_toe" ... where the character has such a role
  bool leaf = true;
  Eigen::Quaterniond rest;  // body to world in the rest pose
};

/// Joints in the order of Character::body_names; parents come first.
std::vector<SkeletonJoint> skeleton_of(const Character& character);

/// Turns of all joints from the rest pose, world axes, from the bodies' world rotations (wxyz, as
/// mjData::xquat): the identity for every joint is the rest pose.
std::vector<Eigen::Quaterniond> turns_from_rest(const std::vector<SkeletonJoint>& skeleton,
                                                const double* xquat);

}  // namespace foresight
