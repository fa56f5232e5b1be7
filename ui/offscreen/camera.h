// Where pictures are taken from.
#pragma once

#include <Eigen/Core>
#include <string>

namespace foresight {

struct Camera {
  enum class Mode { kFollow, kFixed, kTop };
  Mode mode = Mode::kFollow;
  Eigen::Vector3d lookat{0, 0, 0.8};  // m; kFixed, and kTop when `extent` is set
  double azimuth = 40;                // deg, direction of view about +z; 0 looks along +x
  double elevation = -16;             // deg, negative looks down
  double distance = 3.6;              // m
  double extent = 0;                  // m, kTop: height of the visible field; 0: follow the root
  double smoothing = 0.3;             // s, time constant with which kFollow and kTop follow
};

/// "follow", "fixed", "top". Throws InputError on any other name.
Camera::Mode camera_mode_from_name(const std::string& name);

/// Follows a moving point: a critically damped second-order filter, so that steps and the sway of
/// the pelvis do not shake the picture.
class SmoothPoint {
 public:
  /// Jumps to the target.
  void reset(const Eigen::Vector3d& target);
  /// Advances by `dt` seconds towards the target; jumps when it is more than 5 m away.
  const Eigen::Vector3d& follow(const Eigen::Vector3d& target, double dt, double time_constant);
  bool started() const { return started_; }
  const Eigen::Vector3d& position() const { return position_; }

 private:
  Eigen::Vector3d position_ = Eigen::Vector3d::Zero();
  Eigen::Vector3d velocity_ = Eigen::Vector3d::Zero();
  bool started_ = false;
};

}  // namespace foresight
