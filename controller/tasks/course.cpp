// One long run: two waypoints through a small forest, a hurdle, a moving disc, a hand reach
// (protocol "course").
#include <array>

#include "controller/goal_episode.h"
#include "controller/reach_episode.h"

namespace foresight {
namespace {

using Eigen::Vector2d;

struct Stage {
  Vector2d goal;
  double within;  // m
};
const std::array<Stage, 4> kStages{
    {{{5, 1.5}, 0.5}, {{9, -1}, 0.5}, {{14, 0}, 0.5}, {{18.5, 0}, 0.4}}};
const Field kTrees{{1.5, -3}, {8.5, 3}};
const Field kDiscField{{15, -2}, {17, 2}};
const Eigen::Vector3d kTarget(18.95, -0.2, 1.25);
constexpr double kHurdleAt = 11.5, kHurdleHeight = 0.2, kReachSeconds = 4, kReached = 0.1;

struct CourseParameters {
  WalkParameters walk;
  ReachParameters reach;
  int reach_on;
};

class CourseEpisode : public TaskEpisode {
 public:
  CourseEpisode(const CourseParameters& p, const Character& character, std::uint64_t seed)
      : p_(p), hand_(limb_key(character, 0)) {
    scene_.objects = forest(kTrees, 12, 1.4, {{0, 0}, kStages[0].goal, kStages[1].goal}, seed);
    SceneObject box;
    box.name = "hurdle";
    box.shape = SceneObject::Shape::kBox;
    box.position = {kHurdleAt, 0, kHurdleHeight / 2};
    box.size = {0.1, 3, kHurdleHeight / 2};
    scene_.objects.push_back(box);
    disc_.start = {16, seed % 2 == 0 ? 1.5 : -1.5};
    disc_.velocity = {0, 0.7};
    scene_.objects.push_back(disc_object(disc_, disc_.at(kDiscField, 0), 0));
    scene_.objects.push_back(ground_marker("goal", kStages[0].goal, kStages[0].within));
    scene_.objects.push_back(ball_marker("target", kTarget, 0.06));
  }

  Scene scene() const override { return scene_; }

  void move(World& world, double seconds) override {
    const Vector2d disc = disc_.at(kDiscField, seconds), goal = goal_now();
    const int object = object_named(scene_, "disc0");
    world.move_object(object, {disc.x(), disc.y(), world.object_position(object).z()});
    world.move_object(object_named(scene_, "goal"), {goal.x(), goal.y(), 0.01});
  }

  void direct(const TaskView& view, TaskOrders& orders) override {
    TaskValues& v = orders.values;
    v[p_.reach.key] = hand_;
    v[p_.reach.x] = kTarget.x();
    v[p_.reach.y] = kTarget.y();
    v[p_.reach.z] = kTarget.z();
    v[p_.reach_on] = reaching() ? 1 : 0;
    v[p_.reach.due] = std::max(0.0, reach_from_ + 2 - view.seconds);
    const double dt = view.world.character().control_dt();
    orders.surroundings.movers.push_back(
        mover_of(disc_, kDiscField, view.seconds, dt, view.future));
    walk_to(goal_now(), p_.walk, walker_, view, orders);
  }

  Verdict judge(const TaskView& view) override {
    if (reaching()) {
      if ((view.state.key_position.col(hand_) - kTarget).norm() <= kReached) {
        stage_ = kStages.size() + 1;
        return Verdict::success();
      }
      const bool late = view.seconds > reach_from_ + kReachSeconds;
      return late ? Verdict::failed("target not reached") : Verdict::running();
    }
    if (stage_ > kStages.size()) return Verdict::success();
    const Vector2d way = kStages[stage_].goal - view.state.root_position.head<2>();
    if (way.norm() <= kStages[stage_].within && ++stage_ == kStages.size()) {
      reach_from_ = view.seconds;
    }
    return Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    return {{"stages", static_cast<double>(stage_)}};
  }

 private:
  bool reaching() const { return stage_ == kStages.size(); }
  Vector2d goal_now() const { return kStages[std::min(stage_, kStages.size() - 1)].goal; }

  CourseParameters p_;
  int hand_;
  Scene scene_;
  BouncingDisc disc_;
  Walker walker_;
  std::size_t stage_ = 0;
  double reach_from_ = 0;
};

Task make_course() {
  Task task;
  task.name = "course";
  task.summary = "Waypoints through trees, a hurdle, a moving disc and a hand reach in one run";
  CourseParameters p{};
  p.walk = add_walk(task, {0, 0}, 1.3);
  task.parameters[p.walk.goal.x].internal = task.parameters[p.walk.goal.y].internal = true;
  p.reach = {task.add({"key", "", 0, 1e3, 0, "key point of the hand", true}),
             task.add({"x", "m", -1e3, 1e3, 0, "target", true}),
             task.add({"y", "m", -1e3, 1e3, 0, "target", true}),
             task.add({"z", "m", 0, 3, 0, "target", true}),
             task.add({"due_in", "s", -1e6, 1e6, 0, "time left", true})};
  p.reach_on = task.add({"reach_on", "", 0, 1, 0, "1 in the last stage", true});
  task.costs.push_back(obstacle_cost(0.4));
  task.costs.push_back(clearance_cost(1.0));
  task.costs.push_back(mover_cost(1.2));
  task.costs.push_back(reach_cost(1, p.reach));
  task.costs.back().weight_parameter = p.reach_on;
  task.begin = [p](const TaskStart& start) {
    return std::make_unique<CourseEpisode>(p, start.character, start.seed);
  };
  return task;
}

FORESIGHT_TASK(make_course);

}  // namespace
}  // namespace foresight
