// Walk to a goal through discs that move about (protocol "dynamic").
#include "controller/goal_episode.h"

namespace foresight {
namespace {

const Field kField{{0, -3}, {10, 3}};

class DynamicEpisode : public GoalEpisode {
 public:
  DynamicEpisode(const WalkParameters& walk, const TaskValues& values,
                 const std::vector<BouncingDisc>& discs)
      : GoalEpisode(walk, 0.5, values, objects_of(discs)), discs_(discs) {}

  void move(World& world, double seconds) override {
    GoalEpisode::move(world, seconds);
    for (std::size_t i = 0; i < discs_.size(); ++i) {
      const int object = static_cast<int>(i);  // they come first
      const Eigen::Vector2d place = discs_[i].at(kField, seconds);
      world.move_object(object, {place.x(), place.y(), world.object_position(object).z()});
    }
  }

  void direct(const TaskView& view, TaskOrders& orders) override {
    const double dt = view.world.character().control_dt();
    for (const BouncingDisc& disc : discs_) {
      orders.surroundings.movers.push_back(mover_of(disc, kField, view.seconds, dt, view.future));
    }
    GoalEpisode::direct(view, orders);
  }

 private:
  static std::vector<SceneObject> objects_of(const std::vector<BouncingDisc>& discs) {
    std::vector<SceneObject> objects;
    for (std::size_t i = 0; i < discs.size(); ++i) {
      objects.push_back(disc_object(discs[i], discs[i].at(kField, 0), static_cast<int>(i)));
    }
    return objects;
  }

  std::vector<BouncingDisc> discs_;
};

Task make_dynamic() {
  Task task;
  task.name = "dynamic";
  task.summary = "Walk to a goal between six discs that move and bounce";
  const WalkParameters walk = add_walk(task, {10, 0}, 1.2);
  task.costs.push_back(mover_cost(1.2));
  task.begin = [walk](const TaskStart& start) {
    return std::make_unique<DynamicEpisode>(walk, start.values,
                                            bouncing_discs(kField, 6, {0, 0}, start.seed));
  };
  return task;
}

FORESIGHT_TASK(make_dynamic);

}  // namespace
}  // namespace foresight
