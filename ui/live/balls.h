// The balls that can be thrown: part of every live scene, waiting far away.
#pragma once

#include "sim/scene.h"

namespace foresight {

inline constexpr int kBalls = 3;

/// Adds the balls to a scene, at rest far away.
void add_balls(Scene& scene);
/// Index of the first ball; -1 in a scene without (an older recording's).
int first_ball(const Scene& scene);

}  // namespace foresight
