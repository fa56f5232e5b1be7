#include "controller/staged_episode.h"

#include <algorithm>
#include <cmath>

#include "controller/keyframe_reader.h"

namespace foresight {

StagedEpisode::StagedEpisode(std::shared_ptr<const StagedTask> task, const TaskStart& start)
    : task_(std::move(task)),
      layout_(state_layout(start.character)),
      walkers_(1 + task_->others.size()) {
  for (const TaskStage& stage : task_->stages) {
    poses_.emplace_back();
    for (const StageKeyframe& k : stage.keyframes) {
      poses_.back().push_back(recorded_pose(start.character, start.data, k.pose, k.place));
    }
  }
}

GroundPose StagedEpisode::start_pose(int which) const {
  return which == 0 ? GroundPose{} : task_->others.at(which - 1).start;
}

void StagedEpisode::move(World& world, double seconds) {
  for (const MovingObject& m : task_->moving) {
    const Eigen::Vector2d place = m.disc.at(m.field, seconds);
    world.move_object(m.object, {place.x(), place.y(), m.height});
  }
}

void StagedEpisode::direct(const TaskView& view, TaskOrders& orders) {
  for (const TaskStage& stage : task_->stages) {
    for (const int on : stage.on) orders.values[on] = 0;
  }
  const double dt = view.world.character().control_dt();
  auto& movers = orders.surroundings.movers;
  movers = view.others;
  for (const MovingObject& m : task_->moving) {
    movers.push_back(mover_of(m.disc, m.field, view.seconds, dt, view.future));
  }
  if (task_->others_on >= 0) orders.values[task_->others_on] = view.which > 0 ? 1 : 0;
  if (view.which == 0) return direct_first(view, orders);
  const OtherCharacter& other = task_->others[view.which - 1];
  walkers_[view.which].lay(view, other.to, other.speed, orders);
}

void StagedEpisode::direct_first(const TaskView& view, TaskOrders& orders) {
  const TaskStage& stage = task_->stages[std::min(stage_, task_->stages.size() - 1)];
  for (const int on : stage.on) orders.values[on] = 1;
  for (const auto& [p, due] : stage.due) orders.values[p] = due - (view.seconds - since_);
  for (const auto& [p, key] : stage.keys) orders.values[p] = layout_.key_point(key);
  add_keyframes(view, orders.surroundings);
  if (stage.path) {
    follow_curve(view, stage.path->curve, orders.values[stage.path->speed], along_, orders);
  }
  if (!stage.walk) return;
  const GoalParameters& goal = stage.walk->goal;
  walkers_[0].lay(view, {orders.values[goal.x], orders.values[goal.y]},
                  orders.values[stage.walk->speed], orders);
}

void StagedEpisode::add_keyframes(const TaskView& view, Surroundings& around) const {
  const std::size_t number = std::min(stage_, task_->stages.size() - 1);
  const auto& keyframes = task_->stages[number].keyframes;
  for (std::size_t i = 0; i < keyframes.size(); ++i) {
    const double left = keyframes[i].due - (view.seconds - since_);
    const auto frames = std::lround(left / view.world.character().control_dt());
    if (frames < 1 || frames > view.future) continue;
    Keyframe key{static_cast<int>(frames), poses_[number][i], {}};
    for (const StateRange& range : layout_.ranges()) {
      const auto& parts = keyframes[i].parts;
      if (std::find(parts.begin(), parts.end(), range.name) != parts.end()) {
        key.parts.push_back(range);
      }
    }
    around.keyframes.push_back(std::move(key));
  }
}

Verdict StagedEpisode::judge(const TaskView& view) {
  if (view.which > 0 || stage_ >= task_->stages.size()) return Verdict::success();
  const TaskStage::Until& until = task_->stages[stage_].until;
  const bool late = until.seconds && view.seconds - since_ >= *until.seconds - 1e-9;
  const Eigen::Vector2d root = view.state.root_position.head<2>();
  const bool there = until.near && (root - *until.near).norm() <= until.within;
  if (!late && !there) return Verdict::running();
  ++stage_;
  since_ = view.seconds;
  along_ = 0;
  return stage_ == task_->stages.size() ? Verdict::success() : Verdict::running();
}

}  // namespace foresight
