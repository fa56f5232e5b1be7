#include "ui/orbit_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kClose = 0.01;  // m, MuJoCo's camera needs some distance

struct Frame {
  Eigen::Vector3d forward, right, up;
};

Frame frame_of(double azimuth, double elevation) {
  const double a = azimuth * kDegree, e = elevation * kDegree;
  const Eigen::Vector3d forward(std::cos(e) * std::cos(a), std::cos(e) * std::sin(a), std::sin(e));
  const Eigen::Vector3d right(std::sin(a), -std::cos(a), 0);
  return {forward, right, right.cross(forward)};
}

}  // namespace

const char* camera_mode_name(CameraMode mode) {
  constexpr const char* kNames[kCameraModes] = {"Follow", "Chase", "First person", "Free", "Top"};
  return kNames[static_cast<int>(mode)];
}

bool Ray::meets_plane(double z, Eigen::Vector3d& point) const {
  if (std::abs(direction.z()) < 1e-6) return false;
  const double t = (z - from.z()) / direction.z();
  if (t <= 0 || t > 100) return false;
  point = from + t * direction;
  return true;
}

void OrbitCamera::orbit(double dx, double dy) {
  azimuth = std::remainder(azimuth - 200 * dx, 360.0);
  elevation = std::clamp(elevation - 150 * dy, -89.0, 40.0);
}

void OrbitCamera::pan(double dx, double dy) {
  if (mode == CameraMode::kFirstPerson) return;
  const Frame f = frame_of(shown_azimuth(), shown_elevation());
  shift_ += distance * (-dx * f.right + dy * f.up);
}

void OrbitCamera::zoom(double notches) {
  distance = std::clamp(distance * std::pow(0.9, notches), 0.8, 40.0);
}

void OrbitCamera::update(const CameraSubject& subject, double dt) {
  subject_ = subject;
  const double turn = std::remainder(subject.yaw - chase_, 2 * std::numbers::pi);
  chase_ += turn * (1 - std::exp(-dt / 0.5));
  if (mode == CameraMode::kFree) {
    lookat_ += shift_;
    shift_.setZero();
    focus_ = SmoothPoint();
    return;
  }
  if (mode == CameraMode::kFirstPerson) {
    lookat_ =
        subject.head + 0.12 * Eigen::Vector3d(std::cos(subject.yaw), std::sin(subject.yaw), 0);
    return;
  }
  const Eigen::Vector3d target(subject.root.x(), subject.root.y(), 0.95 * subject.root.z());
  lookat_ = focus_.follow(target, dt, 0.25) + shift_;
}

double OrbitCamera::shown_azimuth() const {
  if (mode == CameraMode::kTop) return 90;
  if (mode == CameraMode::kFirstPerson) return chase_ / kDegree;
  if (mode == CameraMode::kChase) return chase_ / kDegree + std::remainder(azimuth - 130, 360.0);
  return azimuth;
}

double OrbitCamera::shown_elevation() const {
  if (mode == CameraMode::kTop) return -89.9;
  if (mode == CameraMode::kFirstPerson) return -4;
  return elevation;
}

mjvCamera OrbitCamera::view() const {
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  camera.type = mjCAMERA_FREE;
  std::copy(lookat_.data(), lookat_.data() + 3, camera.lookat);
  camera.azimuth = shown_azimuth();
  camera.elevation = shown_elevation();
  camera.distance = mode == CameraMode::kFirstPerson ? kClose
                    : mode == CameraMode::kTop       ? 2 * distance
                                                     : distance;
  return camera;
}

Eigen::Vector3d OrbitCamera::forward() const {
  return frame_of(shown_azimuth(), shown_elevation()).forward;
}

Eigen::Vector3d OrbitCamera::position() const { return lookat_ - view().distance * forward(); }

Ray OrbitCamera::ray(double x, double y, double aspect, double fovy) const {
  const Frame f = frame_of(shown_azimuth(), shown_elevation());
  const double half = std::tan(0.5 * fovy * kDegree);
  const Eigen::Vector3d direction =
      f.forward + (2 * x - 1) * aspect * half * f.right + (1 - 2 * y) * half * f.up;
  return {position(), direction.normalized()};
}

bool OrbitCamera::project(const Eigen::Vector3d& point, double aspect, double fovy, double& x,
                          double& y) const {
  const Frame f = frame_of(shown_azimuth(), shown_elevation());
  const Eigen::Vector3d offset = point - position();
  const double depth = offset.dot(f.forward);
  if (depth < 0.05) return false;
  const double half = std::tan(0.5 * fovy * kDegree) * depth;
  x = 0.5 + 0.5 * offset.dot(f.right) / (half * aspect);
  y = 0.5 - 0.5 * offset.dot(f.up) / half;
  return true;
}

Eigen::Vector2d OrbitCamera::direction_on_screen(const Eigen::Vector3d& point) const {
  const Frame f = frame_of(shown_azimuth(), shown_elevation());
  const Eigen::Vector3d offset = point - position();
  const Eigen::Vector2d way(offset.dot(f.right), -offset.dot(f.up));
  return way.norm() > 1e-9 ? Eigen::Vector2d(way.normalized()) : Eigen::Vector2d::UnitX();
}

}  // namespace foresight
