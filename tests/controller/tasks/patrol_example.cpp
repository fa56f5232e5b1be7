// Walk to and fro between two posts, looking at a lamp.
#include "controller/goal_episode.h"

namespace foresight {
namespace {

// A cost of our own: 0.5 (y_t - y)^2, stay on the line between the posts.
Cost line_cost(double weight, int y) {
  return {"line", weight,
          [y](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            for (int f = 0; f < motion.frames(); ++f) {
              const Eigen::Vector2d root = world.frame.point_out(motion.root_position(f).head<2>());
              const double error = root.y() - world.values[y];
              sum += 0.5 * error * error;
              const Eigen::Vector2d down = world.frame.vector_in({0, error});
              gradient.root_position(f, {down.x(), down.y(), 0});
            }
            return sum;
          }};
}

struct PatrolParameters {
  int speed, length, lane;
  GoalParameters lamp;
};

class PatrolEpisode : public TaskEpisode {
 public:
  PatrolEpisode(const PatrolParameters& p, const TaskValues& values)
      : p_(p), length_(values[p.length]), lane_(values[p.lane]) {
    scene_.objects = {ground_marker("from", post(0), 0.3), ground_marker("to", post(1), 0.3),
                      ball_marker("lamp", {length_ / 2, lane_ + 2, 1.5}, 0.1)};
  }

  Scene scene() const override { return scene_; }

  void direct(const TaskView& view, TaskOrders& orders) override {
    walker_.lay(view, post(legs_ + 1), orders.values[p_.speed], orders);
    orders.values[p_.lamp.x] = length_ / 2;
    orders.values[p_.lamp.y] = lane_ + 2;
  }

  Verdict judge(const TaskView& view) override {
    const Eigen::Vector2d away = view.state.root_position.head<2>() - post(legs_ + 1);
    if (away.norm() < 0.3) ++legs_;
    return legs_ == 4 ? Verdict::success() : Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    return {{"legs", static_cast<double>(legs_)}};
  }

 private:
  Eigen::Vector2d post(int number) const { return {number % 2 == 0 ? 0 : length_, lane_}; }

  PatrolParameters p_;
  double length_, lane_;
  Walker walker_;
  Scene scene_;
  int legs_ = 0;
};

Task make_patrol() {
  Task task;
  task.name = "patrol";
  task.summary = "Walk to and fro between two posts, looking at a lamp";
  PatrolParameters p{};
  p.speed = task.add({"speed", "m/s", 0, 3, 1.0, "speed over ground"});
  p.length = task.add({"length", "m", 1, 50, 4, "distance of the posts (taken when it starts)"});
  p.lane = task.add({"lane", "m", -10, 10, 0, "y of the line (taken when it starts)"});
  p.lamp = {task.add({"lamp_x", "m", -1e3, 1e3, 0, "the lamp", true}),
            task.add({"lamp_y", "m", -1e3, 1e3, 0, "the lamp", true})};
  task.costs = {pace_cost(1), track_cost(0.1), facing_cost(0.2, p.lamp), line_cost(0.1, p.lane)};
  task.guidance = kStrongGuidance;
  task.begin = [p](const TaskStart& start) {
    return std::make_unique<PatrolEpisode>(p, start.values);
  };
  return task;
}

FORESIGHT_TASK(make_patrol);

}  // namespace
}  // namespace foresight
