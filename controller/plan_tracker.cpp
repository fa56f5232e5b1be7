#include "controller/plan_tracker.h"

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {

PlanTracker::PlanTracker(std::shared_ptr<const Character> character, ExpertPolicy expert,
                         int replan)
    : character_(std::move(character)), expert_(std::move(expert)), replan_(replan) {
  FS_CHECK(replan >= 1);
  expert_->eval();
}

void PlanTracker::reset() {
  age_ = 0;
  tables_.clear();
}

void PlanTracker::read_reference(int slot, const LookaheadController& planner,
                                 const TrackedBody& body) {
  const LookaheadPlan& plan = planner.plan();
  const StateLayout& layout = planner.model().layout;
  const int now = planner.model().config.now();
  const int frames = std::min(planner.model().config.future, replan_ + kLookAhead.back()) + 1;
  const auto tokens = plan.states[slot].contiguous();
  const auto width = static_cast<std::size_t>(layout.dim());
  const GroundPose& frame = plan.frames[slot];
  StatePoseSolver& solver = *solvers_[slot];
  solver.warm_start(body.world->qpos(body.which));
  Clip clip;
  clip.fps = character_->control_hz;
  clip.qpos.resize(character_->nq, frames);
  for (int f = 0; f < frames; ++f) {
    const float* token = tokens.data_ptr<float>() + (now + f) * width;
    clip.qpos.col(f) =
        solver.solve(pose_targets(layout, {token, width}, frame.position, frame.yaw));
    // Continuous quaternion signs: velocities are taken by differences.
    auto q = clip.qpos.col(f).segment<4>(3);
    if (f > 0 && q.dot(clip.qpos.col(f - 1).segment<4>(3)) < 0) q = -q;
  }
  references_[slot] = build_reference(*character_, {clip}, false, expert_->velocity_lead);
}

void PlanTracker::take_plan(const LookaheadController& planner, std::span<const TrackedBody> bodies,
                            WorkerPool& pool) {
  if (tables_.size() != bodies.size()) {
    tables_.assign(bodies.size(), std::nullopt);
    references_.resize(bodies.size());
    targets_.assign(bodies.size(), std::vector<double>(character_->nu, 0.0));
    while (solvers_.size() < bodies.size()) {
      solvers_.push_back(std::make_unique<StatePoseSolver>(character_));
    }
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      tables_[i].emplace(*character_, *character_->model);
      tables_[i]->index = bodies[i].world->index(bodies[i].which);
    }
  }
  pool.run(static_cast<int>(bodies.size()), [&](int i) { read_reference(i, planner, bodies[i]); });
}

void PlanTracker::act(LookaheadController& planner, std::span<const BodyState> states,
                      std::span<const TrackedBody> bodies, WorkerPool& pool) {
  FS_CHECK(replan_ <= planner.model().config.future);
  if (age_ % replan_ == 0) {
    age_ = 0;
    planner.act(states);
    take_plan(planner, bodies, pool);
  } else {
    planner.watch(states);
  }
  const torch::NoGradGuard no_grad;
  const auto count = static_cast<std::int64_t>(bodies.size());
  auto observations = torch::empty({count, tables_[0]->observation_size()});
  const auto width = static_cast<std::size_t>(observations.size(1));
  pool.run(static_cast<int>(count), [&](int i) {
    float* row = observations.data_ptr<float>() + i * width;
    const World& world = *bodies[i].world;
    tracking_observation(*tables_[i], world.model(), world.data(), references_[i], age_,
                         references_[i].frames() - 1, {row, width});
  });
  const auto actions = expert_->mean(expert_->normaliser.apply(observations)).contiguous();
  for (int i = 0; i < count; ++i) {
    const int next = std::min(age_ + 1, references_[i].frames() - 1);
    expert_target(*character_, references_[i], next,
                  actions.data_ptr<float>() + static_cast<std::ptrdiff_t>(i) * character_->nu,
                  targets_[i].data());
    planner.set_executed(i, targets_[i]);
  }
  ++age_;
}

}  // namespace foresight
