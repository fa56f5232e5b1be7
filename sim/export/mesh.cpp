#include "sim/export/mesh.h"

#include <algorithm>
#include <cmath>

namespace foresight {
namespace {

constexpr int kAround = 24;

// A surface of revolution about z: rings of (radius, height) with normals (radial, axial).
struct Ring {
  double radius, height, radial, axial;
};

TriangleMesh revolve(const std::vector<Ring>& rings) {
  TriangleMesh mesh;
  for (const Ring& ring : rings) {
    for (int i = 0; i <= kAround; ++i) {
      const double angle = 2 * mjPI * i / kAround, c = std::cos(angle), s = std::sin(angle);
      mesh.vertices.push_back(
          Eigen::Vector3d(ring.radius * c, ring.radius * s, ring.height).cast<float>());
      mesh.normals.push_back(
          Eigen::Vector3d(ring.radial * c, ring.radial * s, ring.axial).cast<float>());
    }
  }
  const int stride = kAround + 1;
  for (std::size_t r = 0; r + 1 < rings.size(); ++r) {
    for (int i = 0; i < kAround; ++i) {
      const int a = static_cast<int>(r) * stride + i, b = a + stride;
      for (const int v : {a, a + 1, b + 1, a, b + 1, b}) {
        mesh.triangles.push_back(static_cast<std::uint16_t>(v));
      }
    }
  }
  return mesh;
}

// Half circles of `radius` at -half and +half, from the bottom to the top.
std::vector<Ring> round_rings(double radius, double half) {
  constexpr int kSteps = 7;
  std::vector<Ring> rings;
  for (const double side : {-1.0, 1.0}) {
    for (int i = 0; i <= kSteps; ++i) {
      const double latitude =
          0.5 * mjPI *
          (side < 0 ? static_cast<double>(i) / kSteps - 1 : static_cast<double>(i) / kSteps);
      const double c = std::cos(latitude), s = std::sin(latitude);
      rings.push_back({radius * c, side * half + radius * s, c, s});
    }
  }
  return rings;
}

std::vector<Ring> cylinder_rings(double radius, double half) {
  return {{0, -half, 0, -1},    {radius, -half, 0, -1}, {radius, -half, 1, 0},
          {radius, half, 1, 0}, {radius, half, 0, 1},   {0, half, 0, 1}};
}

TriangleMesh box(const mjtNum* size) {
  TriangleMesh mesh;
  for (int axis = 0; axis < 3; ++axis) {
    for (const double side : {-1.0, 1.0}) {
      const int u = (axis + 1) % 3, v = (axis + 2) % 3;
      const auto base = static_cast<std::uint16_t>(mesh.vertices.size());
      for (const auto& [a, b] : {std::pair{-1.0, -1.0}, {side, -side}, {1.0, 1.0}, {-side, side}}) {
        Eigen::Vector3d corner;
        corner[axis] = side * size[axis];
        corner[u] = a * size[u];
        corner[v] = b * size[v];
        mesh.vertices.push_back(corner.cast<float>());
        mesh.normals.push_back((side * Eigen::Vector3d::Unit(axis)).cast<float>());
      }
      for (const int i : {0, 1, 2, 0, 2, 3}) {
        mesh.triangles.push_back(static_cast<std::uint16_t>(base + i));
      }
    }
  }
  return mesh;
}

}  // namespace

TriangleMesh primitive_mesh(mjtGeom type, const mjtNum* size) {
  switch (type) {
    case mjGEOM_SPHERE:
      return revolve(round_rings(size[0], 0));
    case mjGEOM_CAPSULE:
      return revolve(round_rings(size[0], size[1]));
    case mjGEOM_CYLINDER:
      return revolve(cylinder_rings(size[0], size[1]));
    case mjGEOM_BOX:
      return box(size);
    default:
      return {};
  }
}

bool is_visible_primitive(const mjModel& m, int geom) {
  const int type = m.geom_type[geom];
  const bool primitive = type == mjGEOM_SPHERE || type == mjGEOM_CAPSULE ||
                         type == mjGEOM_CYLINDER || type == mjGEOM_BOX;
  return primitive && m.geom_group[geom] <= 2 && geom_colour(m, geom)[3] > 0;
}

Eigen::Vector4f geom_colour(const mjModel& m, int geom) {
  const int material = m.geom_matid[geom];
  const float* rgba = material >= 0 ? m.mat_rgba + 4 * material : m.geom_rgba + 4 * geom;
  return {rgba[0], rgba[1], rgba[2], rgba[3]};
}

}  // namespace foresight
