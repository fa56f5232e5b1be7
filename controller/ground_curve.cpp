#include "controller/ground_curve.h"

#include <algorithm>
#include <cmath>

#include "controller/walker.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr double kLookAheadLength = 0.5;  // m, of the point that is walked towards
constexpr double kSlowDownLength = 0.6;   // m before the end

}  // namespace

GroundCurve::GroundCurve(std::vector<Eigen::Vector2d> points, bool closed)
    : closed_(closed), points_(std::move(points)), lengths_{0} {
  FS_CHECK(points_.size() >= 2);
  if (closed_) points_.push_back(points_.front());
  for (std::size_t i = 1; i < points_.size(); ++i) {
    lengths_.push_back(lengths_.back() + (points_[i] - points_[i - 1]).norm());
  }
}

Eigen::Vector2d GroundCurve::at(double length) const {
  length = closed_ ? std::fmod(length, lengths_.back()) : std::min(length, lengths_.back());
  const auto above = std::upper_bound(lengths_.begin(), lengths_.end(), length);
  const auto i = std::min<std::size_t>(above - lengths_.begin(), points_.size() - 1);
  const double share = (length - lengths_[i - 1]) / (lengths_[i] - lengths_[i - 1]);
  return points_[i - 1] + share * (points_[i] - points_[i - 1]);
}

double GroundCurve::nearest(const Eigen::Vector2d& place, double from, double ahead) const {
  double best = from;
  for (double l = from; l <= from + ahead; l += 0.02) {
    if ((at(l) - place).norm() < (at(best) - place).norm()) best = l;
  }
  return best;
}

void follow_curve(const TaskView& view, const GroundCurve& curve, double speed, double& along,
                  TaskOrders& orders) {
  along = curve.nearest(view.state.root_position.head<2>(), along, kLookAheadLength);
  double ahead = along;
  const auto asked = [&](const Eigen::Vector2d& place) -> Eigen::Vector2d {
    ahead = curve.nearest(place, ahead, kLookAheadLength);
    const Eigen::Vector2d way = curve.at(ahead + kLookAheadLength) - place;
    const double left =
        curve.closed() ? kSlowDownLength : (curve.at(curve.length()) - place).norm();
    const bool ends = !curve.closed() && ahead + kLookAheadLength >= curve.length();
    return (ends ? std::min(1.0, left / kSlowDownLength) : 1.0) * speed * way.normalized();
  };
  lay_track(view, asked, orders.surroundings);
}

}  // namespace foresight
