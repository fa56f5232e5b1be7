// Kicks drawn by seed, the same for the look-ahead controller and for the expert beside it.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <numbers>

#include "sim/base/rng.h"

namespace foresight {

/// Kick number `index` of an episode: change of the root's horizontal velocity, uniform direction,
/// magnitude U(0, largest), m/s.
inline Eigen::Vector2d kick_of(std::uint64_t seed, int index, double largest) {
  Rng rng{random_key(seed, index, 0x6b69636b)};
  const double angle = rng.uniform(-std::numbers::pi, std::numbers::pi);
  const double size = rng.uniform(0, largest);
  return {size * std::cos(angle), size * std::sin(angle)};
}

/// The same drawn from a stream.
inline Eigen::Vector2d random_kick(Rng& rng, double largest) {
  const double speed = rng.uniform(0, largest);
  const double direction = rng.uniform(0, 2 * std::numbers::pi);
  return {speed * std::cos(direction), speed * std::sin(direction)};
}

}  // namespace foresight
