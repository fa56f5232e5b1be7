// Maps of the point-mass mazes: D4RL maze2d v1, the eight maps of MTDiff, and two held-out ones.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace foresight {

/// Row and column of a map. Rows run along the world's x, columns along y.
struct MazeCell {
  int row = 0, col = 0;
  bool operator==(const MazeCell&) const = default;
};

/// A position in observation units (m): cell (row, col) is at about (row, col).
using MazePoint = std::array<double, 2>;

struct MazeLayout {
  std::string name;
  std::vector<std::string> rows;  ///< '#' wall, 'O' free, 'G' free and the fixed goal
  int episode_steps = 600;        ///< of 0.01 s
  double score_min = 13.13, score_max = 277.39;  ///< D4RL v1 reference returns

  int height() const { return static_cast<int>(rows.size()); }
  int width() const { return static_cast<int>(rows.front().size()); }
  /// Cells outside the map are walls.
  bool is_wall(MazeCell cell) const;
};

/// All maps: umaze, medium, large, m1 .. m8 (MTDiff), held1, held2 (ours, never trained on).
const std::vector<MazeLayout>& maze_layouts();

/// A map by name. Throws InputError that lists the names.
const MazeLayout& find_maze(const std::string& name);

/// Map names from a list: "m1-m8" and "held" stand for those families, anything else for itself.
std::vector<std::string> maze_names(const std::vector<std::string>& list);

/// Free cells, the goal's included, row by row.
std::vector<MazeCell> free_cells(const MazeLayout& layout);

/// The cell marked 'G'.
MazeCell goal_cell(const MazeLayout& layout);

/// Cell nearest to a position, as the reference controller rounds it.
MazeCell nearest_cell(const MazePoint& point);

/// 100 (R - min) / (max - min) with the D4RL v1 reference returns.
double normalised_score(const MazeLayout& layout, double episode_return);

/// Cells of the interior (without the outer wall), row by row: 1 wall, 0 free.
std::vector<float> interior_walls(const MazeLayout& layout);

}  // namespace foresight
