#include "sim/maze/waypoint_controller.h"

#include <algorithm>
#include <array>

namespace foresight {
namespace {

constexpr int kSweeps = 50, kLongestPath = 100;
constexpr double kDiscount = 0.99, kReached = 0.1, kJitter = 0.2, kGain = 10.0, kDamping = 1.0;
// The first of equally good moves is taken.
constexpr std::array<MazeCell, 5> kMoves = {{{0, 0}, {0, -1}, {0, 1}, {-1, 0}, {1, 0}}};

MazeCell moved(const MazeLayout& layout, MazeCell cell, MazeCell move) {
  const MazeCell next{cell.row + move.row, cell.col + move.col};
  return layout.is_wall(next) ? cell : next;
}

/// State values of the grid world with reward 1 for being sent to the target.
std::vector<double> cell_values(const MazeLayout& layout, MazeCell target) {
  const auto at = [&](MazeCell c) { return c.row * layout.width() + c.col; };
  std::vector<double> values(layout.height() * layout.width(), 0.0);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    auto next = values;
    for (int i = 0; i < static_cast<int>(values.size()); ++i) {
      const MazeCell cell{i / layout.width(), i % layout.width()};
      double best = 0.0;
      for (const MazeCell move : kMoves) {
        best = std::max(best, values[at(moved(layout, cell, move))]);
      }
      next[i] = (cell == target ? 1.0 : 0.0) + kDiscount * best;
    }
    values = std::move(next);
  }
  return values;
}

MazeCell clamp_cell(const MazeLayout& layout, MazeCell cell) {
  return {std::clamp(cell.row, 0, layout.height() - 1),
          std::clamp(cell.col, 0, layout.width() - 1)};
}

}  // namespace

std::vector<MazeCell> grid_path(const MazeLayout& layout, MazeCell start, MazeCell target) {
  const auto values = cell_values(layout, target);
  const auto value = [&](MazeCell c) { return values[c.row * layout.width() + c.col]; };
  std::vector<MazeCell> path;
  MazeCell cell = clamp_cell(layout, start);
  for (int i = 0; i < kLongestPath; ++i) {
    MazeCell best = cell;
    for (const MazeCell move : kMoves) {
      const MazeCell next = moved(layout, cell, move);
      if (value(next) > value(best)) best = next;
    }
    cell = best;
    path.push_back(cell);
    if (cell == target) break;
  }
  return path;
}

WaypointController::WaypointController(const MazeLayout& layout, std::uint64_t seed)
    : layout_(&layout), rng_{seed} {}

void WaypointController::plan(const MazePoint& from, MazeCell target) {
  waypoints_.clear();
  for (const MazeCell cell : grid_path(*layout_, nearest_cell(from), target)) {
    const bool last = cell == target;
    const double dx = last ? 0.0 : rng_.uniform(0.0, kJitter);
    const double dy = last ? 0.0 : rng_.uniform(0.0, kJitter);
    waypoints_.push_back({cell.row - dx, cell.col - dy});
  }
  target_ = target;
  next_ = 0;
  planned_ = true;
}

WaypointController::Command WaypointController::act(const MazeObservation& state,
                                                    const MazePoint& target) {
  const MazePoint position{state[0], state[1]};
  const MazeCell wanted = nearest_cell(target);
  if (!planned_ || !(wanted == target_)) plan(position, wanted);
  const MazePoint end{static_cast<double>(target_.row), static_cast<double>(target_.col)};
  const bool slow = maze_distance(position, last_position_) < kReached;
  Command command;
  command.solved = slow && maze_distance(position, end) < kReached;
  const MazePoint aim = command.solved ? end : waypoints_[next_];
  for (int i = 0; i < 2; ++i) {
    const double wish = kGain * (aim[i] - position[i]) - kDamping * state[2 + i];
    command.action[i] = std::clamp(wish, -1.0, 1.0);
  }
  const bool reached = !command.solved && slow && maze_distance(position, aim) < kReached;
  if (reached && next_ + 1 < waypoints_.size()) ++next_;
  last_position_ = position;
  return command;
}

}  // namespace foresight
