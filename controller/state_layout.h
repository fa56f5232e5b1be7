// StateLayout: what stands where in a state token. Diffuse-CLoC section 3.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/raw_frame.h"
#include "sim/character.h"

namespace foresight {

/// A named range of a state token.
struct StateRange {
  std::string name;
  int first = 0, size = 0;
};

/// The links from where a limb hangs on the trunk (or on another branch) to a key point. Lengths
/// are those of the character's rest pose.
struct Limb {
  int trunk = 0;                // key point of the body that the limb hangs on
  Eigen::Vector3d joint;        // m, from that key point, in the heading frame of an upright body
  std::vector<int> keys;        // key points, from the joint outwards
  std::vector<double> lengths;  // m, from the joint or the key point before
  int end_effector = -1;        // the last link's, -1: none
  Eigen::Vector3d axis;         // the last link's direction in its own frame
};

/// Name and rule set of the features; a checkpoint made with another one is refused.
inline constexpr char kFeatureVersion[] = "heading-1";

/// One frame's token, in this order. "own" = in the frame's own heading frame (root xy as origin,
/// root yaw as x axis), "now" = in the heading frame of the current frame.
///   key_position  3 K  own, z absolute, m
///   key_velocity  3 K  own, root velocity subtracted, m/s
///   root_position   3  now, z absolute, m
///   root_rotation   3  now, rotation vector, rad
///   root_velocity   3  now, m/s
///   root_angular_velocity 3  now, rad/s
///   end_effector_rotation 3 E  own, rotation vectors, rad
struct StateLayout {
  RawLayout raw;
  std::vector<std::string> key_points, end_effectors;
  std::vector<double> key_radius;  // m, per key point
  std::vector<int> feet;           // key points on the character's feet
  std::vector<Limb> limbs;         // per key point; without keys for those of the root
  std::vector<int> mirror_key_point, mirror_end_effector;
  std::vector<int> mirror_joint;  // nu, with mirror_joint_sign: mirror image of actions
  std::vector<float> mirror_joint_sign;

  int K() const { return raw.key_points; }
  int E() const { return raw.end_effectors; }
  int key_position() const { return 0; }
  int key_velocity() const { return 3 * K(); }
  int root_position() const { return 6 * K(); }
  int root_rotation() const { return 6 * K() + 3; }
  int root_velocity() const { return 6 * K() + 6; }
  int root_angular_velocity() const { return 6 * K() + 9; }
  int end_effector_rotation() const { return 6 * K() + 12; }
  int dim() const { return 6 * K() + 12 + 3 * E(); }

  /// All ranges by name, in order.
  std::vector<StateRange> ranges() const;
  /// Dimensions amplified by the emphasis projection: root pose and twist.
  std::vector<int> emphasised() const;
  /// Index of a key point by its site name or its link name ("left_foot_key" or "left_foot").
  /// Throws InputError listing the names.
  int key_point(const std::string& name) const;
  /// True for key points of the trunk and the head, which are their own mirror images.
  bool in_the_middle(int key) const { return mirror_key_point.at(key) == key; }
};

StateLayout state_layout(const Character& character);

/// What a checkpoint's contract says about the features.
nlohmann::json feature_contract(const StateLayout& layout);

}  // namespace foresight
