// Protocols: fixed evaluations. A definition never changes; a changed one gets a new name.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/joystick.h"

namespace foresight {

/// What a metric should reach ("<=" or ">="; 0: nothing), what the paper says about it, and what it
/// has to reach at least.
struct Aim {
  std::string metric;
  bool at_most = true;
  double value = 0;
  std::string paper;
  double target = 0;
};

struct Protocol {
  std::string name, summary;
  std::string task = "joystick";
  /// Joystick commands of an episode; their sum is its length. Empty: `limit` seconds.
  std::function<std::vector<Segment>(std::uint64_t seed)> segments;
  double limit = 0;            // s
  double kick = 0;             // m/s, largest horizontal change of root velocity
  double kick_interval = 1.0;  // s
  double shove = 0;            // m/s, one kick of this size after 2 s; who falls gets up by itself
  /// Velocity is measured, also by what this makes of commands that are not zero.
  std::function<std::string(const JoystickCommand&)> velocity_group;
  bool has_goal = false;              // success is what the task's episode says
  std::vector<std::string> settings;  // of the task: "name=value"
  /// Instead of the task's own episode.
  std::function<std::unique_ptr<TaskEpisode>(const Task&, const TaskStart&)> begin;
  std::vector<Aim> aims;

  double seconds() const;
};

const std::vector<Protocol>& all_protocols();
/// Throws InputError listing the names.
const Protocol& find_protocol(const std::string& name);
/// The name of a protocol without what a run changed of it: "perturb" of "perturb@kick=0.75".
std::string base_name(const std::string& name);
/// "all", the name of a protocol, or the part of several before a hyphen and a number
/// ("inbetween"): the protocols meant. Throws InputError listing the names.
std::vector<Protocol> protocols_named(const std::string& name);

/// The episode of a protocol. `task` is the protocol's.
std::unique_ptr<TaskEpisode> begin_episode(const Protocol& protocol, const Task& task,
                                           const TaskStart& start);

/// Seed of episode `index` of a run: 10000 S + index.
inline std::uint64_t episode_seed(std::uint64_t run_seed, int index) {
  return 10000 * run_seed + static_cast<std::uint64_t>(index);
}

}  // namespace foresight
