#include "sim/maze/maze_layout.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sim/base/error.h"

namespace foresight {
namespace {

/// Rows from one string with blanks between them.
std::vector<std::string> split_rows(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> rows;
  for (std::string row; words >> row;) rows.push_back(row);
  return rows;
}

std::vector<MazeLayout> d4rl_layouts() {
  return {{"umaze", split_rows("##### #GOO# ###O# #OOO# #####"), 300, 23.85, 161.86},
          {"medium",
           split_rows("######## #OO##OO# #OO#OOO# ##OOO### #OO#OOO# #O#OO#O# #OOO#OG# ########"),
           600, 13.13, 277.39},
          {"large",
           split_rows("############ #OOOO#OOOOO# #O##O#O#O#O# #OOOOOO#OOO# #O####O###O# "
                      "#OO#O#OOOOO# ##O#O#O#O### #OO#OOO#OGO# ############"),
           800, 6.7, 273.99}};
}

/// MTDiff's maps m1 .. m8 and two of ours that stay out of every training set. All 8 x 8.
std::vector<MazeLayout> family_layouts() {
  const std::pair<const char*, const char*> maps[] = {
      {"m1", "######## #OOOOOO# #OOOOOO# #OOOOOO# #OOOOOO# #OOOOOO# #OOOOOG# ########"},
      {"m2", "######## #OO##OO# ##OOOOO# #OOO#### #OOO#### ##OOOOO# #OO##OG# ########"},
      {"m3", "######## ##OOOOO# #OOO#OO# #OO#OOO# #O####O# #OOO#OO# ##OOOOG# ########"},
      {"m4", "######## #OOOOOO# ##OOOO## #OO##OO# #OO##OO# ##OOOO## #OOOOOG# ########"},
      {"m5", "######## #OOOOOO# #OO#OOO# ##O##O## ##O##O## #OO#OOO# #OOOOOG# ########"},
      {"m6", "######## #OO##OO# #OO##OO# #OO##OO# ##OOOO## #OO#OOO# #OO##OG# ########"},
      {"m7", "######## #OOOOOO# #OOOOOO# ####OOO# ####OOO# #OOOO### #OOOOOG# ########"},
      {"m8", "######## #OOOOO## #OO#OOO# #O####O# #OO#OOO# #OO#OOO# #OOOOOG# ########"},
      {"held1", "######## #OOO#OO# #O#O#OO# #O#OOOO# #O#O##O# #OOOO#O# ##OOOOG# ########"},
      {"held2", "######## #OOOOOO# #O###OO# #OOO#OO# ###OOOO# #OOOO#O# #OOO##G# ########"}};
  std::vector<MazeLayout> layouts;
  for (const auto& [name, rows] : maps) layouts.push_back({name, split_rows(rows)});
  return layouts;
}

}  // namespace

bool MazeLayout::is_wall(MazeCell cell) const {
  if (cell.row < 0 || cell.col < 0 || cell.row >= height() || cell.col >= width()) return true;
  return rows[cell.row][cell.col] == '#';
}

const std::vector<MazeLayout>& maze_layouts() {
  static const std::vector<MazeLayout> layouts = [] {
    auto all = d4rl_layouts();
    for (auto& layout : family_layouts()) all.push_back(std::move(layout));
    return all;
  }();
  return layouts;
}

const MazeLayout& find_maze(const std::string& name) {
  std::string names;
  for (const MazeLayout& layout : maze_layouts()) {
    if (layout.name == name) return layout;
    names += (names.empty() ? "" : ", ") + layout.name;
  }
  throw InputError("there is no maze \"" + name + "\"; the mazes are " + names);
}

std::vector<std::string> maze_names(const std::vector<std::string>& list) {
  std::vector<std::string> names;
  const auto add_family = [&](const std::string& prefix) {
    for (const MazeLayout& layout : maze_layouts()) {
      const bool member =
          layout.name.starts_with(prefix) && layout.name.size() == prefix.size() + 1;
      if (member) names.push_back(layout.name);
    }
  };
  for (const std::string& item : list) {
    if (item == "m1-m8") {
      add_family("m");
    } else if (item == "held") {
      add_family("held");
    } else {
      names.push_back(find_maze(item).name);
    }
  }
  return names;
}

std::vector<MazeCell> free_cells(const MazeLayout& layout) {
  std::vector<MazeCell> cells;
  for (int row = 0; row < layout.height(); ++row) {
    for (int col = 0; col < layout.width(); ++col) {
      if (!layout.is_wall({row, col})) cells.push_back({row, col});
    }
  }
  return cells;
}

MazeCell goal_cell(const MazeLayout& layout) {
  for (const MazeCell cell : free_cells(layout)) {
    if (layout.rows[cell.row][cell.col] == 'G') return cell;
  }
  throw InputError("maze \"" + layout.name + "\" has no goal cell G");
}

MazeCell nearest_cell(const MazePoint& point) {
  return {static_cast<int>(std::lround(point[0])), static_cast<int>(std::lround(point[1]))};
}

double normalised_score(const MazeLayout& layout, double episode_return) {
  return 100.0 * (episode_return - layout.score_min) / (layout.score_max - layout.score_min);
}

std::vector<float> interior_walls(const MazeLayout& layout) {
  std::vector<float> walls;
  for (int row = 1; row + 1 < layout.height(); ++row) {
    for (int col = 1; col + 1 < layout.width(); ++col) {
      walls.push_back(layout.is_wall({row, col}) ? 1.0F : 0.0F);
    }
  }
  return walls;
}

}  // namespace foresight
