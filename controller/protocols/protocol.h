// Protocols: fixed evaluations. A definition never changes; a changed one gets a new name.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controller/joystick.h"

namespace foresight {

/// A stretch of an episode with one joystick command.
struct Segment {
  double seconds = 0;
  JoystickCommand command;
};

struct Protocol {
  std::string name, summary;
  std::string task = "joystick";
  /// Segments of an episode; their sum is its length.
  std::function<std::vector<Segment>(std::uint64_t seed)> segments;
  double kick = 0;             // m/s, largest horizontal change of root velocity
  double kick_interval = 1.0;  // s
  bool measures_velocity = false;

  double seconds() const;
};

const std::vector<Protocol>& all_protocols();
/// Throws InputError listing the names.
const Protocol& find_protocol(const std::string& name);

/// Seed of episode `index` of a run: 10000 S + index.
inline std::uint64_t episode_seed(std::uint64_t run_seed, int index) {
  return 10000 * run_seed + static_cast<std::uint64_t>(index);
}

/// Kick number `index` of an episode: uniform direction, magnitude U(0, largest), m/s.
std::array<double, 2> kick_of(std::uint64_t seed, int index, double largest);

}  // namespace foresight
