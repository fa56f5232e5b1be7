// Blending between 0 and 1.
#pragma once

#include <algorithm>

namespace foresight {

/// Goes from 0 at x <= 0 to 1 at x >= 1 with slope 0 at both ends.
inline double smoothstep(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

}  // namespace foresight
