// The controller that generates D4RL's maze data: grid plan by Q-iteration, then PD to waypoints.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/rng.h"
#include "sim/maze/maze_world.h"

namespace foresight {

/// Cells from `start` (exclusive) to `target` (inclusive): greedy roll-out of 50 sweeps of
/// Q-iteration with discount 0.99. At most 100 cells; ends in a
/// cell other than the target when there is no way.
std::vector<MazeCell> grid_path(const MazeLayout& layout, MazeCell start, MazeCell target);

class WaypointController {
 public:
  WaypointController(const MazeLayout& layout, std::uint64_t seed);

  struct Command {
    MazeAction action;
    bool solved = false;  ///< at the rounded target and nearly at rest
  };
  /// Command for the state now. Plans anew only when the rounded target changes: a controller that
  /// is kept over a reset with the same target therefore fails, which is the flaw of D4RL's
  /// reference expert. Make a new one, or call forget(), for the correct behaviour.
  Command act(const MazeObservation& state, const MazePoint& target);

  /// The next call plans anew.
  void forget() { planned_ = false; }

 private:
  void plan(const MazePoint& from, MazeCell target);

  const MazeLayout* layout_;
  Rng rng_;
  bool planned_ = false;
  MazeCell target_;
  std::vector<MazePoint> waypoints_;
  std::size_t next_ = 0;
  MazePoint last_position_{};
};

}  // namespace foresight
