// Blending between 0 and 1.
#pragma once

#include <algorithm>

namespace foresight {

/// Goes from 0 at x <= 0 to 1 at x >= 1 with slope 0 at both ends.
inline double smoothstep(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

/// The same with slope and curvature 0 at both ends: a movement of least jerk (Flash and Hogan
/// 1985).
inline double least_jerk(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * x * (10 + x * (6 * x - 15));
}

}  // namespace foresight
