#include "controller/route.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace foresight {
namespace {

using Eigen::Vector2d;

constexpr double kCell = 0.1;      // m
constexpr double kRoom = 0.5;      // m of free space that is as good as more
constexpr double kSlowest = 0.02;  // in walls, so that there is a way out of everywhere
constexpr double kUnknown = std::numeric_limits<double>::infinity();

}  // namespace

Route::Route(const FreeSpace& space, const Vector2d& goal, const Vector2d& low,
             const Vector2d& high)
    : goal_(goal), low_(low) {
  const Eigen::Array2i cells = ((high - low).array() / kCell).ceil().cast<int>() + 1;
  speed_.resize(std::max(3, cells.x()), std::max(3, cells.y()));
  for (Eigen::Index y = 0; y < speed_.cols(); ++y) {
    for (Eigen::Index x = 0; x < speed_.rows(); ++x) {
      const double room = space(low + kCell * Vector2d(x, y));
      speed_(x, y) = std::clamp(room / kRoom, kSlowest, 1.0);
    }
  }
  march();
}

void Route::march() {
  using Arrival = std::pair<double, std::pair<int, int>>;
  std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> front;
  time_.setConstant(speed_.rows(), speed_.cols(), kUnknown);
  const Vector2d start = (goal_ - low_) / kCell;
  const auto start_x = std::clamp<Eigen::Index>(std::lround(start.x()), 0, time_.rows() - 1);
  const auto start_y = std::clamp<Eigen::Index>(std::lround(start.y()), 0, time_.cols() - 1);
  time_(start_x, start_y) = 0;
  front.push({0, {static_cast<int>(start_x), static_cast<int>(start_y)}});
  while (!front.empty()) {
    const auto [when, cell] = front.top();
    front.pop();
    if (when > time_(cell.first, cell.second)) continue;
    for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      const int x = cell.first + dx, y = cell.second + dy;
      if (x < 0 || y < 0 || x >= time_.rows() || y >= time_.cols()) continue;
      const double at = arrival(x, y);
      if (at >= time_(x, y)) continue;
      time_(x, y) = at;
      front.push({at, {x, y}});
    }
  }
}

// Godunov's upwind solution of |grad T| = 1 / s from the neighbours' times.
double Route::arrival(int x, int y) const {
  const auto at = [&](int i, int j) {
    const bool inside = i >= 0 && j >= 0 && i < time_.rows() && j < time_.cols();
    return inside ? time_(i, j) : kUnknown;
  };
  const double a = std::min(at(x - 1, y), at(x + 1, y));
  const double b = std::min(at(x, y - 1), at(x, y + 1));
  const double cost = kCell / speed_(x, y);
  if (!(std::abs(a - b) < cost)) return std::min(a, b) + cost;
  return (a + b + std::sqrt(2 * cost * cost - (a - b) * (a - b))) / 2;
}

// Against the gradient of the time, interpolated between cells.
Vector2d Route::way(const Vector2d& place) const {
  const Vector2d left = goal_ - place;
  if (left.norm() < 3 * kCell) return left / std::max(left.norm(), 1e-9);
  const auto last_x = static_cast<int>(time_.rows()) - 2,
             last_y = static_cast<int>(time_.cols()) - 2;
  const Vector2d at = (place - low_) / kCell;
  const double cx = std::clamp(at.x(), 1.0, static_cast<double>(last_x));
  const double cy = std::clamp(at.y(), 1.0, static_cast<double>(last_y));
  const int x = static_cast<int>(cx), y = static_cast<int>(cy);
  const int next_x = std::min(x + 1, last_x), next_y = std::min(y + 1, last_y);
  const auto slope = [&](int i, int j) {
    return Vector2d(time_(i + 1, j) - time_(i - 1, j), time_(i, j + 1) - time_(i, j - 1))
        .normalized();
  };
  const double u = cx - x, v = cy - y;
  return -((1 - u) * ((1 - v) * slope(x, y) + v * slope(x, next_y)) +
           u * ((1 - v) * slope(next_x, y) + v * slope(next_x, next_y)))
              .normalized();
}

}  // namespace foresight
