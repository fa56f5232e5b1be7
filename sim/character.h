// Character: one simulated body with the tables that the rest of the program needs. Nothing outside
// the character's own files (MJCF + JSON tables, see assets/README.md) knows the number of joints.
#pragma once

#include <mujoco/mujoco.h>

#include <Eigen/Core>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/files.h"

namespace foresight {

struct ModelDeleter {
  void operator()(mjModel* m) const { mj_deleteModel(m); }
};
struct DataDeleter {
  void operator()(mjData* d) const { mj_deleteData(d); }
};
struct SpecDeleter {
  void operator()(mjSpec* s) const { mj_deleteSpec(s); }
};
using ModelPtr = std::unique_ptr<mjModel, ModelDeleter>;
using DataPtr = std::unique_ptr<mjData, DataDeleter>;
using SpecPtr = std::unique_ptr<mjSpec, SpecDeleter>;

/// Parses MJCF text. Throws InputError with MuJoCo's message; `file` only names the source.
SpecPtr parse_mjcf(const std::string& mjcf, const fs::path& file);

/// Reflection in the sagittal plane (y -> -y), by index tables.
struct MirrorTable {
  std::vector<int> joint;         // joint j of the mirror image is joint[j] of the original ...
  std::vector<double> sign;       // ... times sign[j]
  std::vector<int> key_point;     // same for key points (y flips)
  std::vector<int> end_effector;  // same for end-effector rotations (x and z of the vector flip)
};

/// How thick a body is at a key point when its table does not say, m.
inline constexpr double kKeyRadius = 0.08;

/// One hinge triple or single hinge per body; the root is a free joint.
/// qpos = root position (3, m), root quaternion (4, wxyz), joint angles (nu, rad).
/// qvel = root linear velocity (3, world, m/s), root angular velocity (3, body frame, rad/s),
/// joint velocities (nu, rad/s). Action = absolute PD targets (nu, rad).
struct Character {
  std::string name;
  fs::path file;            // the JSON tables
  std::string mjcf;         // text of the MJCF
  std::string fingerprint;  // sha256 of MJCF and tables, less what no motion depends on
  double control_hz = 30;
  int substeps = 6;

  int nu = 0, nq = 0, nv = 0;
  std::vector<std::string> joint_names;  // in qpos order, which is the actuators' order
  std::vector<std::string> body_names;   // links, root first, in MJCF order
  std::vector<int> body_parents;         // index into body_names, -1 for the root
  Eigen::VectorXd ctrl_low, ctrl_high;   // nu, rad
  Eigen::VectorXd kp, kv, force_limit;   // nu, N m/rad, N m s/rad, N m

  std::string root_body;
  std::vector<std::string> key_points;     // site names, one per body, root's first
  std::vector<double> key_radius;          // m, per key point: how thick the link is there
  std::vector<std::string> end_effectors;  // body names
  std::vector<std::string> feet;           // body names
  std::vector<std::string> fall_bodies;    // touching the ground with one of these is a fall
  std::vector<std::string> trunk;          // touching an obstacle with these spoils a clean success
  double fall_height = 0.45;               // m, root lower than this ...
  double fall_seconds = 0.5;               // ... for this long is a fall
  std::map<std::string, std::string> retarget;  // role -> body or site name
  MirrorTable mirror;

  ModelPtr model;  // the body alone on a floor: for kinematics and as the template of scenes

  double control_dt() const { return 1.0 / control_hz; }
  int num_bodies() const { return static_cast<int>(body_names.size()); }
  int num_key_points() const { return static_cast<int>(key_points.size()); }
};

/// Loads the tables and the MJCF they name. Throws InputError with file and field.
std::shared_ptr<const Character> load_character(const fs::path& tables);

/// The character that ships with the program, assets/characters/humanoid.json.
std::shared_ptr<const Character> default_character();

/// Mirror image of a pose (nq) in the plane y = 0.
Eigen::VectorXd mirror_qpos(const Character& character, const Eigen::VectorXd& qpos);
/// Mirror image of joint-space values, for instance an action (nu).
Eigen::VectorXd mirror_joints(const Character& character, const Eigen::VectorXd& joints);

}  // namespace foresight
