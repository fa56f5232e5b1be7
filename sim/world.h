// World: one simulated scene with its characters. Knows nothing of plans or networks.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/scene.h"

namespace foresight {

/// Indices of one character inside a compiled scene.
struct CharacterIndex {
  int qpos = 0, qvel = 0, ctrl = 0;      // first entry
  std::vector<int> bodies;               // body ids, order of Character::body_names
  std::vector<int> key_sites;            // site ids, order of Character::key_points
  std::vector<int> end_effectors;        // body ids
  std::vector<int> feet;                 // body ids
  std::vector<int> geom_owner_is_fall;   // per geom id of the model: 1 if a fall body's geom
  std::vector<int> geom_owner_is_trunk;  // per geom id: 1 if a trunk geom
  std::vector<int> geom_owner_is_foot;   // per geom id: 1 + index into feet, else 0
};

CharacterIndex index_character(const Character& character, const mjModel& model, int which);

/// Raw kinematic state of one character, world frame. The one thing that features are made from.
struct BodyState {
  Eigen::Vector3d root_position;                          // m
  Eigen::Quaterniond root_rotation;                       // body to world
  Eigen::Vector3d root_velocity;                          // m/s
  Eigen::Vector3d root_angular_velocity;                  // rad/s, world frame
  Eigen::Matrix3Xd key_position;                          // 3 x K, m
  Eigen::Matrix3Xd key_velocity;                          // 3 x K, m/s
  std::vector<Eigen::Quaterniond> end_effector_rotation;  // body to world
};

/// Reads the body state from data whose position and velocity stages are up to date.
void read_body_state(const mjModel& model, const mjData& data, const CharacterIndex& index,
                     BodyState& out);

enum class StepStatus { kOk, kDiverged };

/// What protocols.md calls a fall, judged once per control step.
struct FallMonitor {
  double low_seconds = 0;
  bool fallen = false;
};

class World {
 public:
  World(std::shared_ptr<const Character> character, const Scene& scene);
  World(std::shared_ptr<const Character> character, const Scene& scene,
        std::shared_ptr<const mjModel> compiled);

  const Character& character() const { return *character_; }
  const Scene& scene() const { return scene_; }
  const mjModel& model() const { return *model_; }
  mjData& data() { return *data_; }
  const mjData& data() const { return *data_; }
  const CharacterIndex& index(int which = 0) const { return index_[which]; }
  int num_characters() const { return static_cast<int>(index_.size()); }

  double time() const { return data_->time; }

  /// Puts one character into a state (layout of Character) and clears its fall monitor.
  void set_state(std::span<const double> qpos, std::span<const double> qvel, int which = 0);
  std::span<const double> qpos(int which = 0) const;
  std::span<const double> qvel(int which = 0) const;

  /// PD targets of the next control step (nu, rad); clamped to the actuators' ctrlrange. A target
  /// that is not finite is refused and the last one stays.
  bool set_action(std::span<const double> action, int which = 0);

  /// One control step. On a divergence (MuJoCo warning or a non-finite state) the state before the
  /// step is put back and kDiverged is returned. No allocation.
  StepStatus step();

  /// Adds a horizontal velocity to the root, world frame, m/s.
  void kick(const Eigen::Vector2d& velocity, int which = 0);

  /// External force on a body's centre until changed, world frame, N.
  void set_force(int body_id, const Eigen::Vector3d& force);

  void move_object(int object, const Eigen::Vector3d& position);
  /// Puts an object that has a mass somewhere with a velocity, world frame, m and m/s.
  void throw_object(int object, const Eigen::Vector3d& position, const Eigen::Vector3d& velocity);
  Eigen::Vector3d object_position(int object) const;

  const FallMonitor& fall(int which = 0) const { return fall_[which]; }
  /// The character has got up again.
  void clear_fall(int which = 0) { fall_[which] = {}; }
  /// True while a trunk geom touches a scene object.
  bool trunk_contact(int which = 0) const;
  /// Ground contact per foot (order of Character::feet).
  std::vector<bool> foot_contacts(int which = 0) const;

  void body_state(BodyState& out, int which = 0) const {
    read_body_state(*model_, *data_, index_[which], out);
  }

  /// Complete state (mjSTATE_INTEGRATION plus fall monitors); restoring and stepping again is bit
  /// exact.
  std::vector<double> save() const;
  void restore(std::span<const double> state);
  /// FNV-1a of the integration state.
  std::uint64_t state_hash() const;

 private:
  void init();
  void update_fall(int which);

  std::shared_ptr<const Character> character_;
  Scene scene_;
  std::shared_ptr<const mjModel> model_;
  DataPtr data_;
  std::vector<CharacterIndex> index_;
  std::vector<int> object_mocap_;    // mocap id per object, -1 when fixed or free
  std::vector<int> object_joint_;    // joint id per object, -1 without a mass
  std::vector<int> geom_is_object_;  // per geom id
  std::vector<FallMonitor> fall_;
  std::vector<double> backup_;
};

}  // namespace foresight
