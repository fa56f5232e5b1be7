// Demonstrations in a maze: the waypoint controller chases one random goal after the other, without
// resets in between (the generation script of D4RL maze2d).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/base/parallel.h"
#include "sim/maze/maze_layout.h"

namespace foresight {

/// Row t: state, the clipped action taken in it, and the goal it was taken for. Rows of one stream
/// follow each other in time; a stream starts with a reset.
struct MazeData {
  std::string maze;
  std::vector<float> observations;          ///< 4 per row: x, y (m), vx, vy (m/s)
  std::vector<float> actions;               ///< 2 per row
  std::vector<float> goals;                 ///< 2 per row
  std::vector<std::int64_t> stream_starts;  ///< ascending, the first is 0

  std::int64_t rows() const { return static_cast<std::int64_t>(actions.size() / 2); }
};

struct MazeDataOptions {
  std::int64_t steps = 1000000;
  std::int64_t stream_steps = 50000;  ///< rows of one stream; the unit of parallel work
  double noise = 0;                   ///< standard deviation added to actions (D4RL "noisy": 0.5)
  std::uint64_t seed = 1;
};

/// Generates data on `pool`; the result does not depend on the number of workers. Differs from the
/// script in one point: the script stores the state of a reached goal twice.
/// `progress` (may be empty) gets the number of streams done, from any thread.
MazeData generate_maze_data(const MazeLayout& layout, const MazeDataOptions& options,
                            WorkerPool& pool, const std::function<void(int)>& progress = {});

/// Rows [first, first + count) without a cut inside.
struct MazeSegment {
  std::int64_t first = 0, count = 0;
};

/// Whole streams.
std::vector<MazeSegment> maze_streams(const MazeData& data);

/// Streams cut where the state leaves the radius of the map's fixed goal (Diffuser's segmentation).
std::vector<MazeSegment> cut_at_goal(const MazeData& data, const MazeLayout& layout);

struct MazeDataStatistics {
  std::int64_t rows = 0;
  double steps_per_goal = 0;    ///< mean over goals reached or given up
  double goal_fraction = 0;     ///< rows within the radius of the fixed goal
  std::array<double, 4> std{};  ///< of x, y, vx, vy
  std::int64_t segments = 0;    ///< of cut_at_goal
  double segment_length = 0;    ///< their mean, rows
};
MazeDataStatistics describe(const MazeData& data, const MazeLayout& layout);

}  // namespace foresight
