// Scene: what stands in a world beside the characters, as data. World compiles it with mjSpec.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/character.h"

namespace foresight {

/// One object. Sizes as in MuJoCo: cylinder (radius, half height, -), box (half sizes), sphere
/// (radius, -, -), capsule (radius, half length, -).
struct SceneObject {
  enum class Shape { kBox, kCylinder, kSphere, kCapsule };
  std::string name;
  Shape shape = Shape::kCylinder;
  Eigen::Vector3d position = Eigen::Vector3d::Zero();  // m, centre, world
  double yaw = 0;                                      // rad
  Eigen::Vector3d size = Eigen::Vector3d::Constant(0.1);
  Eigen::Vector4f rgba{0.35f, 0.42f, 0.52f, 1.0f};
  bool collides = true;  // false: a marker that is only drawn
  bool moves = false;    // true: a mocap body, moved by World::move_object
  double mass = 0;       // kg; above 0: a free body that the physics moves (World::throw_object)
};

struct Scene {
  std::vector<SceneObject> objects;
  bool floor = true;
  double floor_z = 0;  // m
  int characters = 1;
};

nlohmann::json to_json(const Scene& scene);
Scene scene_from_json(const nlohmann::json& json);

/// Compiles characters, floor, lights and objects. Bodies, joints and actuators of character i > 0
/// have the prefix "c<i>/".
ModelPtr compile_scene(const Character& character, const Scene& scene);

/// The same scene as MJCF text, for other programs.
std::string scene_xml(const Character& character, const Scene& scene);

}  // namespace foresight
