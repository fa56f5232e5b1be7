#include "ui/live/balls.h"

namespace foresight {
namespace {

constexpr double kRadius = 0.11, kMass = 2.5;  // m, kg: a medicine ball

}  // namespace

void add_balls(Scene& scene) {
  for (int i = 0; i < kBalls; ++i) {
    SceneObject o;
    o.name = "ball" + std::to_string(i);
    o.shape = SceneObject::Shape::kSphere;
    o.position = {500.0 + i, 500, scene.floor_z + kRadius};
    o.size = {kRadius, 0, 0};
    o.rgba = {0.95F, 0.55F, 0.2F, 1};
    o.mass = kMass;
    scene.objects.push_back(o);
  }
}

int first_ball(const Scene& scene) {
  for (std::size_t i = 0; i < scene.objects.size(); ++i) {
    if (scene.objects[i].name == "ball0" && scene.objects[i].mass > 0) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace foresight
