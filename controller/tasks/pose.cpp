// Take a pose at a place and time, and hold it: a keyframe as a goal.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "controller/goal_episode.h"
#include "controller/keyframe_reader.h"
#include "controller/task_layouts.h"

namespace foresight {
namespace {

constexpr int kHoldAhead = 10;  // control steps from now at which a held pose is asked for

struct PoseParameters {
  int number, x, y, yaw, due, partial;
  WalkParameters walk;
};

class PoseEpisode : public TaskEpisode {
 public:
  PoseEpisode(const PoseParameters& p, const TaskStart& start)
      : p_(p), layout_(state_layout(start.character)) {
    const TaskValues& v = start.values;
    const int number = static_cast<int>(std::lround(v[p.number]));
    place_ = {{v[p.x], v[p.y]}, v[p.yaw]};
    pose_ = recorded_pose(start.character, start.data, number, place_);
  }

  Scene scene() const override {
    Scene scene;
    scene.objects = {ground_marker("goal", place_.position, 0.25)};
    return scene;
  }

  void direct(const TaskView& view, TaskOrders& orders) override {
    const double left = orders.values[p_.due] - view.seconds;
    const int frames = static_cast<int>(std::lround(left / view.world.character().control_dt()));
    const double far = (view.state.root_position.head<2>() - place_.position).norm();
    orders.values[p_.walk.speed] = std::min(1.5, far / std::max(left, 0.5));
    walk_to(place_.position, p_.walk, walker_, view, orders);
    const int ahead = std::max(frames, kHoldAhead);
    if (ahead > view.future) return;
    Keyframe key{ahead, pose_, {}};
    if (orders.values[p_.partial] > 0.5) {
      key.parts = {{"key_position", layout_.key_position(), 3 * layout_.K()}};
    }
    orders.surroundings.keyframes.push_back(std::move(key));
  }

  Verdict judge(const TaskView& view) override {
    error_ = (view.state.key_position - pose_.key_position).colwise().norm().mean();
    return Verdict::running();
  }

  std::map<std::string, double> measures() const override { return {{"pose_error_m", error_}}; }

 private:
  PoseParameters p_;
  StateLayout layout_;
  Walker walker_;
  GroundPose place_;
  BodyState pose_;
  double error_ = 0;
};

Task make_pose() {
  constexpr double pi = std::numbers::pi;
  Task task;
  task.name = "pose";
  task.summary = "Take a recorded pose at a place and time, and hold it";
  PoseParameters p{};
  p.number = task.add({"number", "", 0, 1000, 0, "which recorded pose (taken when it starts)"});
  p.x = task.add({"x", "m", -100, 100, 1, "place, world (taken when it starts)"});
  p.y = task.add({"y", "m", -100, 100, 0, "place, world (taken when it starts)"});
  p.yaw = task.add({"yaw", "rad", -pi, pi, 0, "heading there (taken when it starts)"});
  p.due = task.add({"due", "s", 0.5, 60, 3, "when to be there, counted from the start"});
  p.partial =
      task.add({"partial", "", 0, 1, 0, "1: only where the body's points are, not how fast"});
  p.walk = add_walk(task, {0, 0}, 1);
  for (const int set_by_episode : {p.walk.goal.x, p.walk.goal.y, p.walk.speed}) {
    task.parameters[set_by_episode].internal = true;
  }
  task.begin = [p](const TaskStart& start) { return std::make_unique<PoseEpisode>(p, start); };
  return task;
}

FORESIGHT_TASK(make_pose);

}  // namespace
}  // namespace foresight
