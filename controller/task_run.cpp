#include "controller/task_run.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kCharacterRadius = 0.45;  // m

// Constant velocity, for who has no plan.
Mover straight_mover(const BodyState& state, double dt, int future) {
  Mover mover;
  mover.radius = kCharacterRadius;
  const Eigen::Vector2d place = state.root_position.head<2>(), v = state.root_velocity.head<2>();
  for (int f = 0; f < future; ++f) mover.path.push_back(place + (f + 1) * dt * v);
  return mover;
}

}  // namespace

int object_named(const Scene& scene, const std::string& name) {
  for (std::size_t i = 0; i < scene.objects.size(); ++i) {
    if (scene.objects[i].name == name) return static_cast<int>(i);
  }
  FS_CHECK(false);
  return -1;
}

Mover predicted_mover(const PlannedStates& plan, const StateLayout& layout, int now,
                      double radius) {
  Mover mover;
  mover.radius = radius;
  const auto states = plan.states.narrow(1, layout.root_position(), 2).contiguous();
  const auto table = states.accessor<float, 2>();
  const auto last = states.size(0) - 1;
  for (std::int64_t f = 0; f < last - now; ++f) {
    const auto row = std::min<std::int64_t>(now + 1 + plan.age + f, last);
    mover.path.push_back(plan.frame.point_out({table[row][0], table[row][1]}));
  }
  return mover;
}

TaskRun::TaskRun(std::unique_ptr<TaskEpisode> episode, World& world, const TaskValues& values)
    : episode_(std::move(episode)),
      world_(&world),
      values_(values),
      layout_(state_layout(world.character())),
      obstacles_(obstacles_of(world.scene())),
      states_(world.num_characters()),
      done_(world.num_characters(), false) {
  refresh();
}

double TaskRun::seconds() const {
  return static_cast<double>(steps_) * world_->character().control_dt();
}

std::span<const double> TaskRun::place(int which, const StartState& start,
                                       const GroundPose* maybe_place) {
  std::vector<double> qpos = start.qpos, qvel = start.qvel;
  GroundPose pose = episode_->start_pose(which);
  if (const auto fixed = episode_->fixed_start(which)) {
    qpos = fixed->qpos;
    qvel = fixed->qvel;
    pose = {};
  }
  if (maybe_place != nullptr) pose = *maybe_place;
  const Eigen::Vector2d at = pose.point_out({qpos[0], qpos[1]});
  const Eigen::Vector2d speed = pose.point_out({qvel[0], qvel[1]}) - pose.position;
  std::copy_n(at.data(), 2, qpos.begin());
  std::copy_n(speed.data(), 2, qvel.begin());
  if (pose.yaw != 0) {
    quat_to_wxyz(quat_from_yaw(pose.yaw) * quat_from_wxyz(qpos.data() + 3), qpos.data() + 3);
  }
  world_->set_state(qpos, qvel, which);
  refresh();
  return world_->qpos(which).subspan(7);
}

void TaskRun::refresh() {
  for (int i = 0; i < characters(); ++i) world_->body_state(states_[i], i);
}

std::vector<Mover> TaskRun::others_of(int which, std::span<const PlannedStates> plans) const {
  std::vector<Mover> others;
  const Character& character = world_->character();
  for (int i = 0; i < characters(); ++i) {
    if (i == which) continue;
    const PlannedStates* plan = i < static_cast<int>(plans.size()) ? &plans[i] : nullptr;
    if (plan == nullptr || !plan->states.defined() || world_->fall(i).fallen) {
      others.push_back(straight_mover(states_[i], character.control_dt(), future_));
    } else {
      const int now = static_cast<int>(plan->states.size(0)) - future_ - 1;
      others.push_back(predicted_mover(*plan, layout_, now, kCharacterRadius));
    }
  }
  return others;
}

std::vector<TaskOrders> TaskRun::orders(std::span<const PlannedStates> plans) {
  episode_->move(*world_, seconds());
  std::vector<TaskOrders> all;
  for (int i = 0; i < characters(); ++i) {
    const TaskView view{*world_, states_[i], seconds(), i, future_, others_of(i, plans)};
    TaskOrders orders{values_, {}};
    orders.surroundings.obstacles = obstacles_;
    episode_->direct(view, orders);
    FS_CHECK(orders.values.size() == values_.size());
    all.push_back(std::move(orders));
  }
  return all;
}

void TaskRun::prepare(LookaheadController& controller, int first_slot) {
  future_ = controller.model().config.future;
  std::vector<PlannedStates> plans;
  for (int i = 0; i < characters(); ++i) plans.push_back(controller.planned(first_slot + i));
  std::vector<TaskOrders> all = orders(plans);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int slot = first_slot + static_cast<int>(i);
    controller.set_values(slot, all[i].values);
    controller.set_surroundings(
        slot, std::make_shared<const Surroundings>(std::move(all[i].surroundings)));
  }
}

Verdict TaskRun::judge() {
  ++steps_;
  refresh();
  for (int i = 0; i < characters(); ++i) {
    if (world_->fall(i).fallen) return Verdict::failed("fall");
  }
  for (int i = 0; i < characters(); ++i) {
    const TaskView view{*world_, states_[i], seconds(), i, future_, {}};
    const Verdict verdict = episode_->judge(view);
    if (verdict.kind == Verdict::Kind::kFailed) return verdict;
    if (verdict.kind == Verdict::Kind::kSuccess) done_[i] = true;
  }
  const bool all = std::all_of(done_.begin(), done_.end(), [](bool d) { return d; });
  return all ? Verdict::success() : Verdict::running();
}

}  // namespace foresight
