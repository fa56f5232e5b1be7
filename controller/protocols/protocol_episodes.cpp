#include "controller/protocols/protocol_episodes.h"

#include <cmath>

#include "controller/eval_data.h"
#include "controller/goal_episode.h"
#include "controller/reach_episode.h"
#include "controller/task_layouts.h"
#include "sim/base/rng.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

class WaypointCourse : public TaskEpisode {
 public:
  WaypointCourse(const WalkParameters& walk, std::uint64_t seed)
      : walk_(walk), rng_{random_key(seed, 0x77617970)} {
    scene_.objects.push_back(ground_marker("goal", {0, 0}, kWithin));
  }

  Scene scene() const override { return scene_; }

  void move(World& world, double) override { world.move_object(0, {goal_.x(), goal_.y(), 0.01}); }

  void direct(const TaskView& view, TaskOrders& orders) override {
    if (given_ == 0) next_goal(view);
    walk_to(goal_, walk_, walker_, view, orders);
  }

  Verdict judge(const TaskView& view) override {
    const bool there = (view.state.root_position.head<2>() - goal_).norm() <= kWithin;
    const bool late = view.seconds - since_ >= kSeconds - 1e-9;
    if (!there && !late) return Verdict::running();
    reached_ += there ? 1 : 0;
    if (given_ == kGoals) {
      return reached_ == kGoals ? Verdict::success() : Verdict::failed("goals missed");
    }
    next_goal(view);
    return Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    return {{"goals", kGoals}, {"goals_reached", reached_}};
  }

 private:
  static constexpr int kGoals = 6;
  static constexpr double kWithin = 0.3, kSeconds = 8;

  void next_goal(const TaskView& view) {
    ++given_;
    since_ = view.seconds;
    const double distance = rng_.uniform(2, 4);
    const double angle = rng_.uniform(-120 * kDegree, 120 * kDegree);
    const GroundPose here = ground_pose(view.state);
    goal_ = here.point_out(distance * Eigen::Vector2d(std::cos(angle), std::sin(angle)));
  }

  WalkParameters walk_;
  Walker walker_;
  Rng rng_;
  Scene scene_;
  Eigen::Vector2d goal_ = Eigen::Vector2d::Zero();
  double since_ = 0;
  int given_ = 0, reached_ = 0;
};

class ReachTest : public ReachEpisode {
 public:
  ReachTest(const ReachTaskParameters& p, const TaskStart& start)
      : ReachEpisode(p, start), rng_{random_key(start.seed, 0x7265616368)} {
    walking_ = rng_.index(2) == 1;
    hand_ = rng_.index(2);
    start_ = drawn_start(start.data);
    set_target({0, 0, -1});
  }

  std::optional<FixedStart> fixed_start(int) const override { return start_; }

  void direct(const TaskView& view, TaskOrders& orders) override {
    if (view.seconds >= kAppears - 1e-9 && target().z() < 0) set_target(drawn_target(view));
    const ReachTaskParameters& p = parameters();
    TaskValues& v = orders.values;
    const bool known = target().z() >= 0;
    v[p.walk] = kFastest;
    reach_out(view, hand_, known ? kAppears + kDue - view.seconds : kLater, v);
    if (known) return;
    v[p.travel.speed] = walking_ ? kWalk : 0;
    v[p.travel.direction] = walking_ ? 0 : yaw_of(view.state.root_rotation);
    v[p.facing] = 0;
  }

  Verdict judge(const TaskView& view) override {
    if (view.seconds < kAppears + kDue - 1e-9) return Verdict::running();
    error_ = distance(view, hand_);
    return error_ <= 0.1 ? Verdict::success() : Verdict::failed("target missed");
  }

  std::map<std::string, double> measures() const override {
    if (error_ < 0) return {};
    return {{"goal_error_m", error_}};
  }

 private:
  static constexpr double kAppears = 1, kDue = 2;       // s
  static constexpr double kWalk = 1.2, kFastest = 1.5;  // m/s

  std::optional<FixedStart> drawn_start(const EvalData* data) {
    if (data == nullptr) return {};
    std::vector<const StartState*> fitting;
    for (const StartState& s : data->starts) {
      if ((s.speed > 0.4) == walking_) fitting.push_back(&s);
    }
    if (fitting.empty()) return {};
    const StartState& s = *fitting[rng_.index(static_cast<int>(fitting.size()))];
    return FixedStart{s.qpos, s.qvel};
  }

  Eigen::Vector3d drawn_target(const TaskView& view) {
    const Eigen::Vector3d shoulder = limb_root(view.world, view.which, hand_) +
                                     Eigen::Vector3d(walking_ ? kWalk * kDue : 0, 0, 0);
    const double yaw = walking_ ? 0 : yaw_of(view.state.root_rotation);
    const double side = hand_ == 0 ? -1 : 1;
    for (int dart = 0; dart < 1000; ++dart) {
      const double far = rng_.uniform(0.3, 0.6), z = rng_.uniform(0.7, 1.7);
      const double angle = yaw + side * rng_.uniform(-45 * kDegree, 100 * kDegree);
      const double up = z - shoulder.z();
      if (std::abs(up) >= far) continue;
      const double flat = std::sqrt(far * far - up * up);
      return {shoulder.x() + flat * std::cos(angle), shoulder.y() + flat * std::sin(angle), z};
    }
    // The shoulder is where no target fits, so the character is on its way to the ground.
    return shoulder + Eigen::Vector3d(0.4, 0, 0);
  }

  Rng rng_;
  bool walking_;
  int hand_;
  std::optional<FixedStart> start_;
  double error_ = -1;
};

}  // namespace

std::unique_ptr<TaskEpisode> begin_waypoints(const Task& task, const TaskStart& start) {
  const WalkParameters walk{{task.parameter("goal_x"), task.parameter("goal_y")},
                            task.parameter("speed")};
  return std::make_unique<WaypointCourse>(walk, start.seed);
}

std::unique_ptr<TaskEpisode> begin_reach(const Task& task, const TaskStart& start) {
  ReachTaskParameters p{};
  const auto at = [&](const char* name) { return task.parameter(name); };
  p.limb = at("limb");
  p.x = at("x");
  p.y = at("y");
  p.z = at("z");
  p.due = at("due");
  p.walk = at("walk");
  p.key = at("key");
  p.due_in = at("due_in");
  p.travel = {at("speed"), at("direction"), at("turn_rate")};
  p.facing = at("facing");
  p.aim_x = at("aim_x");
  p.aim_y = at("aim_y");
  p.aim_z = at("aim_z");
  return std::make_unique<ReachTest>(p, start);
}

}  // namespace foresight
