// Marker keyframes made by hand.
#pragma once

#include <sstream>
#include <string>

namespace foresight::fixtures {

/// Two keyframes of MJPC's 16 markers of somebody who stands, `unit` to a metre.
inline std::string mjpc_standing_text(double unit = 1.0) {
  std::ostringstream key;
  const double markers[16][3] = {{0, 0, 0.95},   {0, 0, 1.7},     {0.1, -0.15, 0}, {-0.1, -0.15, 0},
                                 {0.1, 0, 0.1},  {-0.1, 0, 0.1},  {0.1, 0, 0.5},   {-0.1, 0, 0.5},
                                 {0.25, 0, 0.8}, {-0.25, 0, 0.8}, {0.25, 0, 1.1},  {-0.25, 0, 1.1},
                                 {0.2, 0, 1.4},  {-0.2, 0, 1.4},  {0.1, 0, 0.9},   {-0.1, 0, 0.9}};
  for (const auto& m : markers) {
    for (const double x : m) key << unit * x << " ";
  }
  return "<mujoco>\n<keyframe>\n<key name=\"a\" mpos=\"" + key.str() +
         "\"/>\n<key name=\"b\" mpos=\"" + key.str() + "\"/>\n</keyframe>\n</mujoco>\n";
}

}  // namespace foresight::fixtures
