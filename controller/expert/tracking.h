// What the tracking expert sees and how well it tracks, for one world at one frame.
#pragma once

#include <array>
#include <span>

#include "controller/expert/reference_motion.h"

namespace foresight {

/// Reference frames that the observation looks at, control steps ahead.
inline constexpr std::array<int, 3> kLookAhead{1, 2, 6};

/// The expert's action scale: target = reference target of the next frame + kResidual x action,
/// rad.
inline constexpr double kResidual = 0.25;

/// Everything about a character that the functions below look up once.
struct TrackingTables {
  const Character* character;
  CharacterIndex index;
  std::vector<int> end_key_points;  // key point per end effector

  TrackingTables(const Character& c, const mjModel& scene);
  int observation_size() const;
};

/// A reference that gives way to a character that was pushed off its place, so that it goes on from
/// there instead of walking back: the reference moves towards the character by its distance /
/// `time` every second, on the floor and without turning. A recorded motion at another place is the
/// same motion, so nothing else changes.
struct ReferenceShift {
  Eigen::Vector3d offset = Eigen::Vector3d::Zero();  // m, added to reference positions; z stays 0

  /// One control step of `dt` s; a `time` of 0 keeps the reference where it is.
  void follow(const TrackingTables& tables, const mjData& data, const ReferenceMotion& reference,
              int frame, double time, double dt);
};

/// Observation: root height, root rotation (two columns of the matrix in the heading frame), root
/// velocities and key points in the heading frame, joint angles and velocities; then for every
/// kLookAhead frame root offset and rotation, joint angles (difference for the first) and
/// end-effector positions, in the simulated root's heading frame. Frames beyond `last` repeat it.
void tracking_observation(const TrackingTables& tables, const mjModel& model, const mjData& data,
                          const ReferenceMotion& reference, int frame, int last,
                          std::span<float> out, const ReferenceShift& shift = {});

/// Errors against one reference frame.
struct TrackingError {
  double body_position = 0;          // m, mean distance over bodies
  double body_position_square = 0;   // m^2, mean
  double body_angle_square = 0;      // rad^2, mean
  double joint_velocity_square = 0;  // rad^2/s^2, mean
  double root_square = 0;            // m^2
  double root_drop = 0;              // m, how far the root is below the reference
};

TrackingError tracking_error(const TrackingTables& tables, const mjData& data,
                             const ReferenceMotion& reference, int frame,
                             const ReferenceShift& shift = {});

/// Reward in [0, 1] from the errors (DeepMimic-style product-free sum of kernels).
double tracking_reward(const TrackingError& error);

/// PD target of an expert action (nu): reference + residual, clamped to ctrlrange, rad.
void expert_target(const Character& character, const ReferenceMotion& reference, int next_frame,
                   const float* action, double* target);

}  // namespace foresight
