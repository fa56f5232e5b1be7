// Five platforms over a floor one metre below (protocol "pillars").
#include "controller/goal_episode.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr int kPlatforms = 5;
constexpr double kSize = 0.8, kDeep = 1.0;  // m

class PillarsEpisode : public TaskEpisode {
 public:
  PillarsEpisode(const WalkParameters& walk, std::uint64_t seed) : walk_(walk) {
    Rng rng{random_key(seed, 0x70696c6c)};
    double x = 0;
    for (int i = 0; i < kPlatforms; ++i) {
      centres_.push_back(x);
      x += kSize + rng.uniform(0.3, 0.6);
    }
  }

  Scene scene() const override {
    Scene scene;
    scene.floor_z = -kDeep;
    for (std::size_t i = 0; i < centres_.size(); ++i) {
      SceneObject o;
      o.name = "platform" + std::to_string(i);
      o.shape = SceneObject::Shape::kBox;
      o.position = {centres_[i], 0, -kDeep / 2};
      o.size = {kSize / 2, kSize / 2, kDeep / 2};
      scene.objects.push_back(o);
    }
    return scene;
  }

  // Walks on beyond the last one: who slows down on a platform has to start there from a stand.
  void direct(const TaskView& view, TaskOrders& orders) override {
    if (next_ + 1 < kPlatforms && over(view.state, next_)) ++next_;
    walk_to({centres_.back() + 1, 0}, walk_, walker_, view, orders);
  }

  Verdict judge(const TaskView& view) override {
    const World& world = view.world;
    for (int c = 0; c < world.data().ncon; ++c) {
      const mjContact& contact = world.data().contact[c];
      const bool floor = world.model().geom_type[contact.geom[0]] == mjGEOM_PLANE;
      if (floor && contact.dist < 0) return Verdict::failed("floor");
    }
    if (world.trunk_contact(view.which)) return Verdict::failed("fall");
    return over(view.state, kPlatforms - 1) ? Verdict::success() : Verdict::running();
  }

  std::map<std::string, double> measures() const override {
    return {{"platforms", static_cast<double>(next_)}};
  }

 private:
  bool over(const BodyState& state, int platform) const {
    const Eigen::Vector3d& p = state.root_position;
    return std::abs(p.x() - centres_[platform]) < kSize / 2 && std::abs(p.y()) < kSize / 2 &&
           p.z() > 0.45;
  }

  WalkParameters walk_;
  Walker walker_;
  std::vector<double> centres_;
  int next_ = 1;
};

Task make_pillars() {
  Task task;
  task.name = "pillars";
  task.summary = "Get over five platforms with gaps between them";
  const WalkParameters walk = add_walk(task, {0, 0}, 1.4);
  task.parameters[walk.goal.x].internal = task.parameters[walk.goal.y].internal = true;
  task.costs.push_back(penetration_cost(1.0));
  task.costs.push_back(foothold_cost(0.5));
  task.costs.push_back(stepping_cost(1.0));
  task.begin = [walk](const TaskStart& start) {
    return std::make_unique<PillarsEpisode>(walk, start.seed);
  };
  return task;
}

FORESIGHT_TASK(make_pillars);

}  // namespace
}  // namespace foresight
