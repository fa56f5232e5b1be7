#include "controller/walker.h"

#include <algorithm>
#include <cmath>

#include "controller/costs/easing.h"

namespace foresight {
namespace {

using Eigen::Vector2d;

constexpr double kBody = 0.3;         // m, radius of who walks
constexpr double kMargin = 1.5;       // m of the grid around everything
constexpr double kMoved = 0.05;       // m, a goal moved further needs a new route
constexpr int kRenew = 3;             // control steps that a route among movers is good for
constexpr double kChestHeight = 1.0;  // m, where obstacles are cut
constexpr double kSlowDown = 0.6;     // m from the goal

struct Way {
  const Surroundings& around;
  Vector2d here;
  double speed, dt;
};

double space_at(const Way& way, const Vector2d& place) {
  double nearest = 1e9;
  for (const Obstacle& o : way.around.obstacles) {
    if (use_of(o) != ObstacleUse::kAvoid) continue;
    const double height = std::min(kChestHeight, o.centre.z());
    nearest = std::min(nearest, signed_distance(o, {place.x(), place.y(), height}, nullptr));
  }
  const double seconds = (place - way.here).norm() / std::max(way.speed, 0.5);
  const int frame = static_cast<int>(std::min(1e3, seconds / way.dt));
  for (const Mover& m : way.around.movers) {
    if (!m.path.empty()) nearest = std::min(nearest, (place - m.at(frame)).norm() - m.radius);
  }
  return nearest - kBody;
}

Route find_route(const Way& way, const Vector2d& goal) {
  Vector2d low = goal.cwiseMin(way.here), high = goal.cwiseMax(way.here);
  for (const Obstacle& o : way.around.obstacles) {
    low = low.cwiseMin(o.centre.head<2>());
    high = high.cwiseMax(o.centre.head<2>());
  }
  const Vector2d margin = Vector2d::Constant(kMargin);
  return {[&way](const Vector2d& place) { return space_at(way, place); }, goal, low - margin,
          high + margin};
}

bool anything_in_the_way(const Surroundings& around) {
  const auto blocks = [](const Obstacle& o) { return use_of(o) == ObstacleUse::kAvoid; };
  return !around.movers.empty() ||
         std::any_of(around.obstacles.begin(), around.obstacles.end(), blocks);
}

}  // namespace

void lay_track(const TaskView& view, const VelocityField& asked, Surroundings& around) {
  const double dt = view.world.character().control_dt();
  Vector2d place = view.state.root_position.head<2>();
  const Vector2d late = view.state.root_velocity.head<2>() - asked(place);
  around.track.clear();
  for (int f = 0; f < view.future; ++f) {
    place += dt * eased<Vector2d>(asked(place), late, (f + 1) * dt);
    around.track.push_back({place, 1.0});
  }
}

bool Walker::stale(const Vector2d& goal, const Surroundings& around) {
  ++age_;
  return !route_ || (goal - goal_).norm() > kMoved || obstacles_ != around.obstacles ||
         (!around.movers.empty() && age_ >= kRenew);
}

void Walker::lay(const TaskView& view, const Vector2d& goal, double speed, TaskOrders& orders) {
  const double dt = view.world.character().control_dt();
  const Vector2d here = view.state.root_position.head<2>();
  Surroundings& around = orders.surroundings;
  if (!anything_in_the_way(around)) {
    route_.reset();
  } else if (stale(goal, around)) {
    route_ = find_route({around, here, speed, dt}, goal);
    goal_ = goal;
    obstacles_ = around.obstacles;
    age_ = 0;
  }
  const auto asked = [&](const Vector2d& place) -> Vector2d {
    const Vector2d left = goal - place;
    const double far = std::max(left.norm(), 1e-6);
    const Vector2d way = route_ ? route_->way(place) : Vector2d(left / far);
    return speed * std::min(1.0, far / kSlowDown) * way;
  };
  lay_track(view, asked, around);
}

}  // namespace foresight
