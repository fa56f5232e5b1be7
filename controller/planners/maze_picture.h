// Pictures of mazes from above: walls, plans coloured by time, starts and goals. Software drawing,
// so that they can be made anywhere and handed to any window.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "controller/planners/maze_plan.h"
#include "sim/maze/maze_layout.h"

namespace foresight {

using PictureColour = std::array<std::uint8_t, 3>;

/// RGB, rows from top to bottom: 3 * width * height bytes. Map rows run downwards.
class MazePicture {
 public:
  /// `scale`: pixels per metre.
  explicit MazePicture(const MazeLayout& layout, int scale = 48);

  /// Polyline in observation units; colour runs from `from` to `to`. Width in pixels.
  void draw_path(const std::vector<MazePoint>& path, PictureColour from, PictureColour to,
                 double width = 3);
  void draw_disc(const MazePoint& centre, double radius_m, PictureColour colour);
  /// The plan's frames from blue to red, its start as a green disc, its goal as a red ring.
  void draw_plan(const MazePlan& plan, const MazePoint& goal);

  int width() const { return width_; }
  int height() const { return height_; }
  const std::vector<std::uint8_t>& rgb() const { return rgb_; }

 private:
  void blend(int x, int y, PictureColour colour, double share);
  std::array<double, 2> pixel(const MazePoint& point) const;

  int scale_, width_, height_;
  std::vector<std::uint8_t> rgb_;
};

/// Pictures of equal size side by side, `columns` in a row, as one picture's pixels.
struct PictureSheet {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};
PictureSheet picture_sheet(const std::vector<MazePicture>& pictures, int columns);

std::vector<MazePoint> path_of(const MazePlan& plan);
std::vector<MazePoint> path_of(const MazeEpisode& episode);

}  // namespace foresight
