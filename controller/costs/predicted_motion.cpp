#include "controller/costs/predicted_motion.h"

#include "sim/rotation.h"

namespace foresight {
namespace {

Eigen::Matrix3d cross_matrix(const Vector3d& v) {
  Eigen::Matrix3d m;
  m << 0, -v.z(), v.y(), v.z(), 0, -v.x(), -v.y(), v.x(), 0;
  return m;
}

// d R(r) = [J dr]x R(r).
Eigen::Matrix3d left_jacobian(const Vector3d& r) {
  const double angle = r.norm();
  if (angle < 1e-6) return Eigen::Matrix3d::Identity() + 0.5 * cross_matrix(r);
  const Vector3d axis = r / angle;
  const double s = std::sin(angle) / angle, c = (1 - std::cos(angle)) / angle;
  return s * Eigen::Matrix3d::Identity() + (1 - s) * axis * axis.transpose() +
         c * cross_matrix(axis);
}

}  // namespace

PredictedMotion::PredictedMotion(const StateLayout& layout, const double* tokens, int frames,
                                 int now)
    : layout_(&layout), first_(tokens + static_cast<std::size_t>(now + 1) * layout.dim()) {
  const int future = frames - now - 1;
  headings_.reserve(future);
  for (int f = 0; f < future; ++f) {
    const double* row = first_ + static_cast<std::size_t>(f) * layout.dim();
    headings_.push_back(heading_of(Eigen::Map<const Vector3d>(row + layout.root_rotation())));
  }
}

// Same rule as yaw_of: the x axis, or the z axis when x is within 6 degrees of vertical.
PredictedMotion::Heading PredictedMotion::heading_of(const Vector3d& rotvec) {
  const Quaterniond q = quat_from_rotvec(rotvec);
  Vector3d axis = q * Vector3d::UnitX();
  if (axis.head<2>().squaredNorm() <= 0.01) {
    axis = (axis.z() > 0 ? -1.0 : 1.0) * (q * Vector3d::UnitZ());
  }
  const double length = std::max(axis.head<2>().norm(), 1e-6);
  Heading h;
  h.direction = axis.head<2>() / length;
  const Eigen::Matrix3d turned = -cross_matrix(axis) * left_jacobian(rotvec);
  const Eigen::Matrix2d across =
      (Eigen::Matrix2d::Identity() - h.direction * h.direction.transpose()) / length;
  h.jacobian = across * turned.topRows<2>();
  return h;
}

Vector3d PredictedMotion::key_position(int f, int key) const {
  const Vector3d root = root_position(f);
  return from_own(f, at(f, layout_->key_position() + 3 * key)) + Vector3d(root.x(), root.y(), 0);
}

Vector3d PredictedMotion::key_velocity(int f, int key) const {
  return root_velocity(f) + from_own(f, at(f, layout_->key_velocity() + 3 * key));
}

Vector3d PredictedMotion::from_own(int f, const Vector3d& v) const {
  const Eigen::Vector2d& h = headings_[f].direction;
  return {h.x() * v.x() - h.y() * v.y(), h.y() * v.x() + h.x() * v.y(), v.z()};
}

Vector3d PredictedMotion::to_own(int f, const Vector3d& v) const {
  const Eigen::Vector2d& h = headings_[f].direction;
  return {h.x() * v.x() + h.y() * v.y(), -h.y() * v.x() + h.x() * v.y(), v.z()};
}

MotionGradient::MotionGradient(const PredictedMotion& motion)
    : motion_(&motion),
      rows_(Eigen::MatrixXd::Zero(motion.layout().dim(), motion.frames())),
      moves_(rows_) {}

void MotionGradient::heading(int f, const Eigen::Vector2d& g) {
  add(f, layout().root_rotation(), motion_->headings_[f].jacobian.transpose() * g);
}

void MotionGradient::key_position(int f, int key, const Vector3d& g) {
  turned_number(f, layout().key_position() + 3 * key, g);
  root_position(f, {g.x(), g.y(), 0});
}

void MotionGradient::key_velocity(int f, int key, const Vector3d& g) {
  turned_number(f, layout().key_velocity() + 3 * key, g);
  root_velocity(f, g);
}

void MotionGradient::turned_number(int f, int first, const Vector3d& g) {
  const Vector3d own = motion_->at(f, first);
  add(f, first, motion_->to_own(f, g));
  heading(f, {g.x() * own.x() + g.y() * own.y(), -g.x() * own.y() + g.y() * own.x()});
}

}  // namespace foresight
