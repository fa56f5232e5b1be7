// Two low boxes across the path (protocol "hurdles").
#include "controller/goal_episode.h"

namespace foresight {
namespace {

SceneObject hurdle(const std::string& name, double x, double height) {
  SceneObject o;
  o.name = name;
  o.shape = SceneObject::Shape::kBox;
  o.position = {x, 0, height / 2};
  o.size = {0.1, 3, height / 2};
  o.rgba = {0.72F, 0.5F, 0.25F, 1.0F};
  return o;
}

class HurdlesEpisode : public GoalEpisode {
 public:
  HurdlesEpisode(const WalkParameters& walk, const TaskValues& values,
                 std::vector<SceneObject> boxes)
      : GoalEpisode(walk, 0.5, values, std::move(boxes)) {}

  Verdict judge(const TaskView& view) override {
    touched_ = touched_ || touches_box(view.world);
    const Eigen::Vector3d& root = view.state.root_position;
    if (std::abs(root.y()) > 3) return Verdict::failed("went around");
    GoalEpisode::judge(view);
    return root.x() >= place().x() ? Verdict::success() : Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    auto all = GoalEpisode::measures();
    all["touched"] = touched_ ? 1 : 0;
    return all;
  }

 private:
  static bool touches_box(const World& world) {
    const auto is_box = [&](int geom) {
      const char* name = mj_id2name(&world.model(), mjOBJ_GEOM, geom);
      return name != nullptr && std::string(name).starts_with("scene/hurdle");
    };
    for (int c = 0; c < world.data().ncon; ++c) {
      const mjContact& contact = world.data().contact[c];
      if (is_box(contact.geom[0]) || is_box(contact.geom[1])) return true;
    }
    return false;
  }

  // Who slows down at the line may stop before it.
  Eigen::Vector2d aim() const override { return place() + Eigen::Vector2d(1, 0); }

  bool touched_ = false;
};

Task make_hurdles() {
  Task task;
  task.name = "hurdles";
  task.summary = "Get over two boxes across the path";
  const WalkParameters walk = add_walk(task, {9, 0}, 1.6);
  const int low = task.add({"low", "m", 0.05, 0.4, 0.15, "height of the first box"});
  const int high = task.add({"high", "m", 0.05, 0.4, 0.25, "height of the second box"});
  task.costs.push_back(clearance_cost(1.0));
  task.begin = [=](const TaskStart& start) {
    std::vector<SceneObject> boxes{hurdle("hurdle0", 4, start.values[low]),
                                   hurdle("hurdle1", 7, start.values[high])};
    return std::make_unique<HurdlesEpisode>(walk, start.values, std::move(boxes));
  };
  return task;
}

FORESIGHT_TASK(make_hurdles);

}  // namespace
}  // namespace foresight
