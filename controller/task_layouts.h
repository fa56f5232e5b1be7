// Layouts of scenes that tasks and protocols share, drawn by seed, and markers for goals.
#pragma once

#include <cstdint>
#include <vector>

#include "controller/surroundings.h"
#include "sim/scene.h"

namespace foresight {

/// A flat disc on the ground that is only drawn and can be moved.
SceneObject ground_marker(const std::string& name, const Eigen::Vector2d& position, double radius);
/// A ball in space that is only drawn and can be moved.
SceneObject ball_marker(const std::string& name, const Eigen::Vector3d& position, double radius);

/// A rectangle on the ground, m.
struct Field {
  Eigen::Vector2d low, high;
};

/// Cylinders of radius 0.15 to 0.35 m, 2 m high, centres at least `spacing` apart (Poisson disc by
/// dart throwing, until there are `count` or 4000 darts are thrown), no part within 1.2 m of a
/// place to keep free.
std::vector<SceneObject> forest(const Field& field, int count, double spacing,
                                const std::vector<Eigen::Vector2d>& keep_free, std::uint64_t seed);

/// A disc that moves on a straight line and bounces off the edges of its field.
struct BouncingDisc {
  Eigen::Vector2d start, velocity;  // m, m/s
  double radius = 0.3;              // m

  Eigen::Vector2d at(const Field& field, double seconds) const;
};

/// Discs of radius 0.3 m with speeds of 0.5 to 1.0 m/s that start at least 1.5 m from `keep_free`.
std::vector<BouncingDisc> bouncing_discs(const Field& field, int count,
                                         const Eigen::Vector2d& keep_free, std::uint64_t seed);

/// Solid mocap cylinder "disc<i>" for a disc.
SceneObject disc_object(const BouncingDisc& disc, const Eigen::Vector2d& place, int index);

/// Where a disc will be in the `future` control steps from `seconds` on.
Mover mover_of(const BouncingDisc& disc, const Field& field, double seconds, double dt, int future);

}  // namespace foresight
