#include "controller/costs/cost.h"

#include <algorithm>

#include "controller/state_token.h"

namespace foresight {
namespace {

Obstacle seen_from(const GroundPose& frame, Obstacle o) {
  o.centre.head<2>() = frame.point_in(o.centre.head<2>());
  o.yaw -= frame.yaw;
  return o;
}

void keep_nearest(std::vector<Obstacle>& list) {
  if (list.size() <= kNearestObstacles) return;
  const auto distance = [](const Obstacle& o) {
    return signed_distance(o, Eigen::Vector3d(0, 0, o.centre.z()), nullptr);
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const Obstacle& a, const Obstacle& b) { return distance(a) < distance(b); });
  list.resize(kNearestObstacles);
}

void add_obstacles(const std::vector<Obstacle>& obstacles, CostWorld& world) {
  for (const Obstacle& o : obstacles) {
    const ObstacleUse use = use_of(o);
    auto& list = use == ObstacleUse::kAvoid      ? world.avoid
                 : use == ObstacleUse::kStepOver ? world.step_over
                                                 : world.stand_on;
    list.push_back(seen_from(world.frame, o));
  }
  for (auto* list : {&world.avoid, &world.step_over, &world.stand_on}) keep_nearest(*list);
}

void add_pins(const StateLayout& layout, const Keyframe& key, int future, CostWorld& world) {
  if (key.parts.empty() || key.frames_ahead < 1 || key.frames_ahead > future) return;
  const Eigen::VectorXd token = state_token(layout, key.state, world.frame);
  for (const StateRange& part : key.parts) {
    world.pins.push_back({key.frames_ahead - 1, part.first, token.segment(part.first, part.size)});
  }
}

}  // namespace

CostWorld make_cost_world(const StateLayout& layout, const Surroundings& surroundings,
                          const GroundPose& frame, const std::vector<double>& values, double dt,
                          int future) {
  CostWorld world;
  world.frame = frame;
  world.dt = dt;
  world.values = values;
  add_obstacles(surroundings.obstacles, world);
  for (Mover mover : surroundings.movers) {
    for (auto& p : mover.path) p = frame.point_in(p);
    if (!mover.path.empty()) world.movers.push_back(std::move(mover));
  }
  world.track = surroundings.track;
  for (TrackPoint& p : world.track) p.position = frame.point_in(p.position);
  for (const Keyframe& key : surroundings.keyframes) add_pins(layout, key, future, world);
  return world;
}

}  // namespace foresight
