#include "controller/surroundings.h"

#include <cmath>

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr double kStandHeight = 0.05,
                 kStepHeight = 0.45;  // m, tops that are stood on, stepped over

double sign(double v) { return v < 0 ? -1.0 : 1.0; }

struct Distance {
  double value;
  Eigen::Vector2d gradient;
};

// Of (|x| - a, |y| - b) from the corner region's quadrant: shared by plan view and side view.
Distance corner_distance(double u, double v) {
  if (u > 0 && v > 0) {
    const double length = std::hypot(u, v);
    return {length, Eigen::Vector2d(u, v) / length};
  }
  return u > v ? Distance{u, {1, 0}} : Distance{v, {0, 1}};
}

}  // namespace

Obstacle obstacle_of(const SceneObject& o) {
  using Shape = SceneObject::Shape;
  Obstacle out;
  out.centre = o.position;
  out.yaw = o.yaw;
  switch (o.shape) {
    case Shape::kBox:
      out.half = o.size;
      break;
    case Shape::kCylinder:
      out.half.z() = o.size.y();
      out.ring = o.size.x();
      break;
    case Shape::kSphere:
      out.round = o.size.x();
      break;
    case Shape::kCapsule:
      out.half.z() = o.size.y();
      out.round = o.size.x();
      break;
  }
  return out;
}

double signed_distance(const Obstacle& o, const Vector3d& point, Vector3d* maybe_gradient) {
  const bool turned = o.half.x() != 0 || o.half.y() != 0;  // round ones look alike from all sides
  const double c = turned ? std::cos(o.yaw) : 1.0, s = turned ? std::sin(o.yaw) : 0.0;
  const Vector3d d = point - o.centre;
  const Vector3d local(c * d.x() + s * d.y(), -s * d.x() + c * d.y(), d.z());
  const Vector3d out = local.cwiseAbs() - o.half;
  const Distance plan = corner_distance(out.x(), out.y());
  const Distance all = corner_distance(plan.value - o.ring, out.z());
  if (maybe_gradient != nullptr) {
    const double gx = all.gradient.x() * plan.gradient.x() * sign(local.x());
    const double gy = all.gradient.x() * plan.gradient.y() * sign(local.y());
    *maybe_gradient = {c * gx - s * gy, s * gx + c * gy, all.gradient.y() * sign(local.z())};
  }
  return all.value - o.round;
}

double plan_distance(const Obstacle& o, const Eigen::Vector3d& point,
                     Eigen::Vector3d* maybe_gradient) {
  Obstacle tall = o;
  tall.half.z() = 1e3;
  return signed_distance(tall, {point.x(), point.y(), o.centre.z()}, maybe_gradient);
}

ObstacleUse use_of(const Obstacle& obstacle) {
  const double top = obstacle.top();
  if (top <= kStandHeight) return ObstacleUse::kStandOn;
  const bool grounded = obstacle.centre.z() - obstacle.half.z() - obstacle.round < kStandHeight;
  return grounded && top <= kStepHeight ? ObstacleUse::kStepOver : ObstacleUse::kAvoid;
}

std::vector<Obstacle> obstacles_of(const Scene& scene) {
  std::vector<Obstacle> out;
  for (const SceneObject& o : scene.objects) {
    if (o.collides && !o.moves && o.mass == 0) out.push_back(obstacle_of(o));
  }
  return out;
}

}  // namespace foresight
