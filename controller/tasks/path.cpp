// Follow a closed path at a speed.
#include <array>
#include <cmath>
#include <numbers>

#include "controller/goal_episode.h"
#include "controller/ground_curve.h"

namespace foresight {
namespace {

constexpr int kSamples = 400;

// Starts at the origin along +x; `size` in m.
Eigen::Vector2d shape_point(int shape, double size, double turn) {
  const double a = 2 * std::numbers::pi * turn;
  switch (shape) {
    case 0:  // circle
      return size * Eigen::Vector2d(std::sin(a), 1 - std::cos(a));
    case 1:  // figure of eight
      return size * Eigen::Vector2d(std::sin(a), std::sin(a) * std::cos(a));
    default: {  // square with corners to the left
      const double side = 4 * (turn - std::floor(turn));
      const int edge = static_cast<int>(side);
      const double along = size * (side - edge);
      const std::array<Eigen::Vector2d, 4> from{{{0, 0}, {size, 0}, {size, size}, {0, size}}};
      const std::array<Eigen::Vector2d, 4> way{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
      return from[edge] + along * way[edge];
    }
  }
}

GroundCurve curve_of(int shape, double size) {
  std::vector<Eigen::Vector2d> points;
  for (int i = 0; i < kSamples; ++i) {
    points.push_back(shape_point(shape, size, static_cast<double>(i) / kSamples));
  }
  return {std::move(points), /*closed=*/true};
}

class PathEpisode : public TaskEpisode {
 public:
  PathEpisode(int speed, int shape, double size) : speed_(speed), curve_(curve_of(shape, size)) {}

  Scene scene() const override {
    Scene scene;
    for (int i = 0; i < 40; ++i) {
      auto dot = ground_marker("dot" + std::to_string(i), curve_.at(i * 0.5), 0.04);
      dot.moves = false;
      scene.objects.push_back(dot);
    }
    return scene;
  }

  void direct(const TaskView& view, TaskOrders& orders) override {
    follow_curve(view, curve_, orders.values[speed_], along_, orders);
    error_sum_ += (curve_.at(along_) - view.state.root_position.head<2>()).norm();
    ++steps_;
  }

  std::map<std::string, double> measures() const override {
    return {{"path_error_m", steps_ > 0 ? error_sum_ / static_cast<double>(steps_) : 0}};
  }

 private:
  int speed_;
  GroundCurve curve_;
  double along_ = 0, error_sum_ = 0;
  long steps_ = 0;
};

Task make_path() {
  Task task;
  task.name = "path";
  task.summary = "Follow a circle, a figure of eight or a square at a speed";
  const int speed = task.add({"speed", "m/s", 0.2, 3, 1.1, "speed along the path"});
  const int shape = task.add({"shape", "", 0, 2, 1, "0 circle, 1 figure of eight, 2 square"});
  const int size = task.add({"size", "m", 1, 20, 3, "radius, half width or side"});
  add_track_costs(task);
  task.begin = [=](const TaskStart& start) {
    const int kind = static_cast<int>(std::lround(start.values[shape]));
    return std::make_unique<PathEpisode>(speed, kind, start.values[size]);
  };
  return task;
}

FORESIGHT_TASK(make_path);

}  // namespace
}  // namespace foresight
