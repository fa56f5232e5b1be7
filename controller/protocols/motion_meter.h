// MotionMeter: how a character moved in one episode, gathered step by step.
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "controller/statistics.h"
#include "sim/world.h"

namespace foresight {

struct MotionSummary {
  double seconds = 0;
  double distance = 0;    // m along the path over ground
  double foot_slide = 0;  // m/s, mean over foot contacts
  double jerk = 0;        // rad/s^3, mean of the joints
  double power = 0;       // W, mean of sum |torque x joint velocity|
  double mean_speed = 0;  // m/s over ground
};

class MotionMeter {
 public:
  explicit MotionMeter(const Character& character);

  /// Call after every control step that the character survived.
  void add(const World& world, const BodyState& state);

  MotionSummary summary() const;
  /// Samples of motion_feature every kFeatureSeconds.
  const GaussianFit& features() const { return features_; }
  /// Root positions over ground, one per control step.
  const std::vector<std::array<double, 2>>& path() const { return path_; }
  /// Root velocity in the heading frame, one per control step.
  const std::vector<Eigen::Vector2d>& heading_velocity() const { return heading_velocity_; }

 private:
  void add_slide(const World& world);
  void add_joints(const World& world);

  const Character& character_;
  int feature_stride_;
  long steps_ = 0, contacts_ = 0, jerks_ = 0;
  double slide_ = 0, jerk_ = 0, power_ = 0;
  std::array<Eigen::VectorXd, 3> joints_;  // of the last three steps, newest last
  GaussianFit features_;
  std::vector<std::array<double, 2>> path_;
  std::vector<Eigen::Vector2d> heading_velocity_;
};

}  // namespace foresight
