// Several characters on a circle change places, each seeing where the others plan to go.
#include <cmath>
#include <numbers>

#include "controller/goal_episode.h"

namespace foresight {
namespace {

constexpr double kArrived = 0.5, kTouch = 0.16;  // m

// Characters do not collide in the simulation, so touching is told from their key points: nearer
// than two limbs are thick.
bool touching(const BodyState& a, const BodyState& b) {
  if ((a.root_position - b.root_position).head<2>().norm() > 2) return false;
  for (Eigen::Index i = 0; i < a.key_position.cols(); ++i) {
    const auto gaps = (b.key_position.colwise() - a.key_position.col(i)).colwise().norm();
    if (gaps.minCoeff() < kTouch) return true;
  }
  return false;
}

class CrowdEpisode : public TaskEpisode {
 public:
  CrowdEpisode(const WalkParameters& walk, int people, double radius)
      : walk_(walk), people_(people), radius_(radius), walkers_(people), arrived_(people, false) {}

  Scene scene() const override {
    Scene scene;
    scene.characters = people_;
    for (int i = 0; i < people_; ++i) {
      scene.objects.push_back(ground_marker("goal" + std::to_string(i), goal_of(i), 0.25));
    }
    return scene;
  }

  GroundPose start_pose(int which) const override {
    const double angle = 2 * std::numbers::pi * which / people_;
    const Eigen::Vector2d place(std::cos(angle), std::sin(angle));
    return {radius_ * place, angle + std::numbers::pi};
  }

  void direct(const TaskView& view, TaskOrders& orders) override {
    orders.surroundings.movers = view.others;
    walk_to(goal_of(view.which), walk_, walkers_[view.which], view, orders);
  }

  Verdict judge(const TaskView& view) override {
    for (int other = 0; other < people_; ++other) {
      if (other == view.which) continue;
      BodyState state;
      view.world.body_state(state, other);
      if (touching(view.state, state)) return Verdict::failed("contact");
    }
    const double error = (view.state.root_position.head<2>() - goal_of(view.which)).norm();
    if (error <= kArrived) arrived_[view.which] = true;
    return arrived_[view.which] ? Verdict::success() : Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    double count = 0;
    for (const bool a : arrived_) count += a ? 1 : 0;
    return {{"arrived", count / people_}};
  }

 private:
  Eigen::Vector2d goal_of(int which) const { return -start_pose(which).position; }

  WalkParameters walk_;
  int people_;
  double radius_;
  std::vector<Walker> walkers_;
  std::vector<bool> arrived_;
};

Task make_crowd() {
  Task task;
  task.name = "crowd";
  task.summary = "Two to eight characters on a circle walk to the opposite point";
  const WalkParameters walk = add_walk(task, {0, 0}, 1.2);
  task.parameters[walk.goal.x].internal = task.parameters[walk.goal.y].internal = true;
  const int people = task.add({"people", "", 2, 8, 4, "characters (taken when it starts)"});
  const int radius = task.add({"radius", "m", 2, 20, 4, "of the circle (taken when it starts)"});
  task.costs.push_back(mover_cost(1.2));
  task.begin = [=](const TaskStart& start) {
    const int count = static_cast<int>(std::lround(start.values[people]));
    return std::make_unique<CrowdEpisode>(walk, count, start.values[radius]);
  };
  return task;
}

FORESIGHT_TASK(make_crowd);

}  // namespace
}  // namespace foresight
