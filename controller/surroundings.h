// Surroundings: what a task tells the costs about one world beside parameter values: obstacles,
// things that move, a path in time, keyframes. World frame; made anew every control step.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "controller/state_layout.h"
#include "sim/scene.h"
#include "sim/world.h"

namespace foresight {

/// A fixed solid, one formula for all shapes: a box of half sizes `half` whose outline seen from
/// above lies `ring` further out (cylinder), and whose surface lies `round` further out (sphere,
/// capsule).
struct Obstacle {
  Eigen::Vector3d centre = Eigen::Vector3d::Zero();  // m
  double yaw = 0;                                    // rad
  Eigen::Vector3d half = Eigen::Vector3d::Zero();    // m
  double ring = 0, round = 0;                        // m

  double top() const { return centre.z() + half.z() + round; }
  bool operator==(const Obstacle&) const = default;
};

Obstacle obstacle_of(const SceneObject& object);

/// Distance of a point from the surface, negative inside; its gradient (unit length) where asked.
double signed_distance(const Obstacle& obstacle, const Eigen::Vector3d& point,
                       Eigen::Vector3d* maybe_gradient);

/// The same seen from above, whatever the point's height.
double plan_distance(const Obstacle& obstacle, const Eigen::Vector3d& point,
                     Eigen::Vector3d* maybe_gradient);

/// What a character does about an obstacle, told from the height of its top over the ground it
/// walks on (z = 0).
enum class ObstacleUse { kAvoid, kStepOver, kStandOn };
ObstacleUse use_of(const Obstacle& obstacle);

/// A disc that moves. path[f] is where its centre will be f + 1 control steps from now.
struct Mover {
  std::vector<Eigen::Vector2d> path;  // m
  double radius = 0.3;                // m

  /// Centre in future frame f; the last one known beyond the end.
  const Eigen::Vector2d& at(int f) const {
    return path[std::min(static_cast<std::size_t>(f), path.size() - 1)];
  }
};

/// Where the root should be in a future frame; weight 0: anywhere.
struct TrackPoint {
  Eigen::Vector2d position = Eigen::Vector2d::Zero();  // m
  double weight = 0;
};

/// A body state to be met. With `parts` (ranges of StateLayout) only those numbers count and are
/// written into the clean predictions; without, the whole state is inpainted as known.
struct Keyframe {
  int frames_ahead = 1;  // control steps from now
  BodyState state;
  std::vector<StateRange> parts;
};

struct Surroundings {
  std::vector<Obstacle> obstacles;
  std::vector<Mover> movers;
  std::vector<TrackPoint> track;  // of future frame f = index
  std::vector<Keyframe> keyframes;
};

/// Obstacles of a scene: objects that collide and stay where they are.
std::vector<Obstacle> obstacles_of(const Scene& scene);

}  // namespace foresight
