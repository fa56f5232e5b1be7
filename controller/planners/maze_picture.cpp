#include "controller/planners/maze_picture.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr PictureColour kFloor = {250, 249, 246}, kWall = {96, 100, 112};
constexpr PictureColour kEarly = {40, 90, 220}, kLate = {220, 60, 40};
constexpr PictureColour kStart = {40, 160, 80}, kGoal = {210, 40, 40};

PictureColour mix(PictureColour a, PictureColour b, double share) {
  PictureColour colour;
  for (int i = 0; i < 3; ++i) {
    colour[i] = static_cast<std::uint8_t>(std::lround(a[i] + share * (b[i] - a[i])));
  }
  return colour;
}

/// Distance of p from the segment a b.
double segment_distance(const std::array<double, 2>& p, const std::array<double, 2>& a,
                        const std::array<double, 2>& b) {
  const double dx = b[0] - a[0], dy = b[1] - a[1];
  const double length = dx * dx + dy * dy;
  const double along = length > 0 ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length : 0.0;
  const double t = std::clamp(along, 0.0, 1.0);
  return std::hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

}  // namespace

MazePicture::MazePicture(const MazeLayout& layout, int scale)
    : scale_(scale),
      width_(layout.width() * scale),
      height_(layout.height() * scale),
      rgb_(3 * static_cast<std::size_t>(width_) * height_) {
  FS_CHECK(scale >= 4);
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const PictureColour colour = layout.is_wall({y / scale, x / scale}) ? kWall : kFloor;
      std::copy(colour.begin(), colour.end(),
                &rgb_[3 * (static_cast<std::size_t>(y) * width_ + x)]);
    }
  }
}

std::array<double, 2> MazePicture::pixel(const MazePoint& point) const {
  // Cell (i, j) covers i + 0.5 .. i + 1.5 in the world.
  const double to_map = kMazeOffset - 0.5;
  return {(point[1] + to_map) * scale_, (point[0] + to_map) * scale_};
}

void MazePicture::blend(int x, int y, PictureColour colour, double share) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_ || share <= 0) return;
  std::uint8_t* at = &rgb_[3 * (static_cast<std::size_t>(y) * width_ + x)];
  const PictureColour mixed = mix({at[0], at[1], at[2]}, colour, std::min(share, 1.0));
  std::copy(mixed.begin(), mixed.end(), at);
}

void MazePicture::draw_path(const std::vector<MazePoint>& path, PictureColour from,
                            PictureColour to, double width) {
  const double reach = width / 2 + 1;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const auto a = pixel(path[i]), b = pixel(path[i + 1]);
    if (!std::isfinite(a[0] + a[1] + b[0] + b[1])) continue;
    const double share = static_cast<double>(i) / static_cast<double>(path.size() - 1);
    const PictureColour colour = mix(from, to, share);
    const auto low = [&](int k) { return static_cast<int>(std::min(a[k], b[k]) - reach); };
    const auto high = [&](int k) { return static_cast<int>(std::max(a[k], b[k]) + reach); };
    for (int y = std::max(0, low(1)); y <= std::min(height_ - 1, high(1)); ++y) {
      for (int x = std::max(0, low(0)); x <= std::min(width_ - 1, high(0)); ++x) {
        blend(x, y, colour, width / 2 + 0.5 - segment_distance({x + 0.5, y + 0.5}, a, b));
      }
    }
  }
}

void MazePicture::draw_disc(const MazePoint& centre, double radius_m, PictureColour colour) {
  const auto c = pixel(centre);
  const double radius = radius_m * scale_;
  const int reach = static_cast<int>(radius) + 2;
  for (int y = -reach; y <= reach; ++y) {
    for (int x = -reach; x <= reach; ++x) {
      const int px = static_cast<int>(c[0]) + x, py = static_cast<int>(c[1]) + y;
      blend(px, py, colour, radius + 0.5 - std::hypot(px + 0.5 - c[0], py + 0.5 - c[1]));
    }
  }
}

void MazePicture::draw_plan(const MazePlan& plan, const MazePoint& goal) {
  draw_disc(goal, 0.16, kGoal);
  draw_disc(goal, 0.09, kFloor);
  draw_path(path_of(plan), kEarly, kLate);
  draw_disc({plan.frames.front()[0], plan.frames.front()[1]}, 0.1, kStart);
}

PictureSheet picture_sheet(const std::vector<MazePicture>& pictures, int columns) {
  FS_CHECK(!pictures.empty() && columns >= 1);
  const int count = static_cast<int>(pictures.size());
  const int across = std::min(columns, count), down = (count + columns - 1) / columns;
  const int w = pictures.front().width(), h = pictures.front().height();
  PictureSheet sheet{across * w, down * h, {}};
  sheet.rgb.assign(3 * static_cast<std::size_t>(sheet.width) * sheet.height, 255);
  for (int i = 0; i < count; ++i) {
    FS_CHECK(pictures[i].width() == w && pictures[i].height() == h);
    for (int y = 0; y < h; ++y) {
      const auto row = pictures[i].rgb().begin() + 3 * static_cast<std::ptrdiff_t>(y) * w;
      const auto to = 3 * ((static_cast<std::size_t>(i / columns) * h + y) * sheet.width +
                           static_cast<std::size_t>(i % columns) * w);
      std::copy(row, row + 3 * w, sheet.rgb.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
  return sheet;
}

std::vector<MazePoint> path_of(const MazePlan& plan) {
  std::vector<MazePoint> path;
  for (const MazeObservation& frame : plan.frames) path.push_back({frame[0], frame[1]});
  return path;
}

std::vector<MazePoint> path_of(const MazeEpisode& episode) {
  std::vector<MazePoint> path;
  for (const MazeObservation& state : episode.path) path.push_back({state[0], state[1]});
  return path;
}

}  // namespace foresight
