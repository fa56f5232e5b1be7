// OrbitCamera: where the scene is seen from, and which ray a pixel stands for.
#pragma once

#include <mujoco/mujoco.h>

#include <Eigen/Geometry>

#include "ui/offscreen/camera.h"

namespace foresight {

enum class CameraMode { kFollow, kChase, kFirstPerson, kFree, kTop };
inline constexpr int kCameraModes = 5;
const char* camera_mode_name(CameraMode mode);

/// A half line in the world.
struct Ray {
  Eigen::Vector3d from, direction;  // m; direction has length 1
  /// Where it meets the horizontal plane at `z`; false when it does not within 100 m.
  bool meets_plane(double z, Eigen::Vector3d& point) const;
};

/// Whom the camera looks at.
struct CameraSubject {
  Eigen::Vector3d root{0, 0, 0.9}, head{0, 0, 1.5};  // m
  double yaw = 0;                                    // rad
};

class OrbitCamera {
 public:
  CameraMode mode = CameraMode::kFollow;
  double azimuth = 130, elevation = -14, distance = 4.2;  // deg, deg, m

  /// Mouse moved by a share of the view's height.
  void orbit(double dx, double dy);
  void pan(double dx, double dy);
  void zoom(double notches);

  /// Moves with its subject for `dt` seconds.
  void update(const CameraSubject& subject, double dt);
  /// Jumps at the next update.
  void jump() { focus_ = SmoothPoint(); }

  mjvCamera view() const;
  const Eigen::Vector3d& focus() const { return lookat_; }
  Eigen::Vector3d position() const;
  Eigen::Vector3d forward() const;

  /// Ray through a pixel; x and y from 0 to 1, from the top left; `fovy` in degrees.
  Ray ray(double x, double y, double aspect, double fovy) const;
  /// Pixel (0 to 1) of a point; false when it is behind the camera.
  bool project(const Eigen::Vector3d& point, double aspect, double fovy, double& x,
               double& y) const;
  /// Which way a point lies that is out of sight: unit vector, x to the right and y down.
  Eigen::Vector2d direction_on_screen(const Eigen::Vector3d& point) const;

 private:
  double shown_azimuth() const;
  double shown_elevation() const;

  SmoothPoint focus_;
  Eigen::Vector3d lookat_{0, 0, 0.9}, shift_{0, 0, 0};
  CameraSubject subject_;
  double chase_ = 0;  // rad, smoothed yaw of the subject
};

}  // namespace foresight
