// Things drawn into the scene that are not part of the simulation: plans, paths, targets. Plain
// data, so that whoever has a plan can describe it and whoever draws needs not know what it means.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace foresight {

/// One shape, world frame, metres.
struct Marker {
  enum class Shape { kSphere, kCapsule, kLine, kArrow, kDisc };
  Shape shape = Shape::kSphere;
  Eigen::Vector3d from = Eigen::Vector3d::Zero();  // centre of a sphere or disc, else one end
  Eigen::Vector3d to = Eigen::Vector3d::Zero();    // other end
  double radius = 0.05;                            // m; width in pixels for a line
  Eigen::Vector4f rgba{0.1f, 0.6f, 0.9f, 1.0f};
};

/// A second, tinted body of one character at a pose (qpos of Character: m, wxyz, rad).
struct Ghost {
  std::vector<double> qpos;
  int character = 0;
  Eigen::Vector4f rgba{0.25f, 0.65f, 1.0f, 0.35f};
};

struct Overlay {
  std::vector<Marker> markers;
  std::vector<Ghost> ghosts;
  std::string caption;  // top left; lines end in '\n'
};

}  // namespace foresight
