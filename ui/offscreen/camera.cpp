#include "ui/offscreen/camera.h"

#include <cmath>

#include "sim/base/error.h"

namespace foresight {

Camera::Mode camera_mode_from_name(const std::string& name) {
  if (name == "follow") return Camera::Mode::kFollow;
  if (name == "fixed") return Camera::Mode::kFixed;
  if (name == "top") return Camera::Mode::kTop;
  throw InputError("camera \"" + name + "\": expected follow, fixed or top");
}

void SmoothPoint::reset(const Eigen::Vector3d& target) {
  position_ = target;
  velocity_.setZero();
  started_ = true;
}

const Eigen::Vector3d& SmoothPoint::follow(const Eigen::Vector3d& target, double dt,
                                           double time_constant) {
  if (!started_ || time_constant <= 0 || (target - position_).norm() > 5) {
    reset(target);
    return position_;
  }
  // Exact solution of x'' = w^2 (target - x) - 2 w x' over dt, w = 2 / time_constant.
  const double w = 2.0 / time_constant;
  const double decay = std::exp(-w * dt);
  const Eigen::Vector3d offset = position_ - target;
  const Eigen::Vector3d slope = velocity_ + w * offset;
  position_ = target + decay * (offset + dt * slope);
  velocity_ = decay * (velocity_ - w * dt * slope);
  return position_;
}

}  // namespace foresight
