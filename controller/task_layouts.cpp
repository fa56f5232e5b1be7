#include "controller/task_layouts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/base/rng.h"

namespace foresight {
namespace {

using Eigen::Vector2d;

constexpr int kDarts = 4000;
constexpr double kFree = 1.2, kTall = 2.0, kDiscTall = 1.6;  // m

// Triangle wave: x reflected at low and high.
double bounced(double x, double low, double high) {
  const double width = high - low;
  const double t = std::fmod(std::fmod(x - low, 2 * width) + 2 * width, 2 * width);
  return low + (t < width ? t : 2 * width - t);
}

Vector2d random_place(const Field& field, Rng& rng) {
  const double x = rng.uniform(field.low.x(), field.high.x());
  return {x, rng.uniform(field.low.y(), field.high.y())};
}

}  // namespace

SceneObject ground_marker(const std::string& name, const Vector2d& position, double radius) {
  SceneObject o;
  o.name = name;
  o.shape = SceneObject::Shape::kCylinder;
  o.position = {position.x(), position.y(), 0.01};
  o.size = {radius, 0.01, 0};
  o.rgba = {0.18F, 0.55F, 0.34F, 0.7F};
  o.collides = false;
  o.moves = true;
  return o;
}

SceneObject ball_marker(const std::string& name, const Eigen::Vector3d& position, double radius) {
  SceneObject o = ground_marker(name, position.head<2>(), radius);
  o.shape = SceneObject::Shape::kSphere;
  o.position = position;
  o.size = {radius, 0, 0};
  return o;
}

std::vector<SceneObject> forest(const Field& field, int count, double spacing,
                                const std::vector<Vector2d>& keep_free, std::uint64_t seed) {
  Rng rng{random_key(seed, 0x74726565)};
  std::vector<SceneObject> trees;
  for (int dart = 0; dart < kDarts && static_cast<int>(trees.size()) < count; ++dart) {
    const Vector2d place = random_place(field, rng);
    const double radius = rng.uniform(0.15, 0.35);
    const bool apart = std::all_of(trees.begin(), trees.end(), [&](const SceneObject& t) {
      return (t.position.head<2>() - place).norm() >= spacing;
    });
    const bool allowed = std::all_of(keep_free.begin(), keep_free.end(), [&](const Vector2d& free) {
      return (free - place).norm() >= kFree + radius;
    });
    if (!apart || !allowed) continue;
    SceneObject tree;
    tree.name = "tree" + std::to_string(trees.size());
    tree.position = {place.x(), place.y(), kTall / 2};
    tree.size = {radius, kTall / 2, 0};
    trees.push_back(tree);
  }
  return trees;
}

Vector2d BouncingDisc::at(const Field& field, double seconds) const {
  const Vector2d p = start + seconds * velocity;
  return {bounced(p.x(), field.low.x() + radius, field.high.x() - radius),
          bounced(p.y(), field.low.y() + radius, field.high.y() - radius)};
}

std::vector<BouncingDisc> bouncing_discs(const Field& field, int count, const Vector2d& keep_free,
                                         std::uint64_t seed) {
  Rng rng{random_key(seed, 0x64697363)};
  std::vector<BouncingDisc> discs;
  while (static_cast<int>(discs.size()) < count) {
    BouncingDisc disc;
    const Field inner{field.low.array() + disc.radius, field.high.array() - disc.radius};
    disc.start = random_place(inner, rng);
    const double angle = rng.uniform(-std::numbers::pi, std::numbers::pi);
    const double speed = rng.uniform(0.5, 1.0);
    disc.velocity = {speed * std::cos(angle), speed * std::sin(angle)};
    if ((disc.start - keep_free).norm() >= 1.5) discs.push_back(disc);
  }
  return discs;
}

SceneObject disc_object(const BouncingDisc& disc, const Vector2d& place, int index) {
  SceneObject o;
  o.name = "disc" + std::to_string(index);
  o.position = {place.x(), place.y(), kDiscTall / 2};
  o.size = {disc.radius, kDiscTall / 2, 0};
  o.rgba = {0.76F, 0.36F, 0.2F, 1.0F};
  o.moves = true;
  return o;
}

Mover mover_of(const BouncingDisc& disc, const Field& field, double seconds, double dt,
               int future) {
  Mover mover;
  mover.radius = disc.radius;
  for (int f = 0; f < future; ++f) mover.path.push_back(disc.at(field, seconds + (f + 1) * dt));
  return mover;
}

}  // namespace foresight
