// Triangle meshes of MuJoCo's primitive shapes.
#pragma once

#include <mujoco/mujoco.h>

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace foresight {

struct TriangleMesh {
  std::vector<Eigen::Vector3f> vertices, normals;  // m, outward
  std::vector<std::uint16_t> triangles;            // three per triangle, counter-clockwise
};

/// Mesh of a sphere, capsule, cylinder or box of MuJoCo's `size`; empty for any other type.
TriangleMesh primitive_mesh(mjtGeom type, const mjtNum* size);

/// True for geoms that people see: a primitive of one of the groups 0 to 2.
bool is_visible_primitive(const mjModel& model, int geom);

/// Colour of a geom from its material or its own.
Eigen::Vector4f geom_colour(const mjModel& model, int geom);

}  // namespace foresight
