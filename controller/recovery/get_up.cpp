#include "controller/recovery/get_up.h"

#include "controller/expert/expert.h"
#include "controller/recovery/lying.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr double kGather = 1.5;     // s in which it may be anywhere
constexpr double kLost = 0.7;       // m, mean body error
constexpr double kStands = 0.2;     // m, how far the root may be below the motion at its end
constexpr double kShiftTime = 0.5;  // s, of ReferenceShift, as in training

/// The clip turned and moved on the floor.
Clip placed(Clip clip, const GroundPose& place) {
  const Quaterniond turn = quat_from_yaw(place.yaw);
  for (int t = 0; t < clip.frames(); ++t) {
    auto q = clip.qpos.col(t);
    q.head<2>() = place.point_out(q.head<2>());
    quat_to_wxyz(turn * quat_from_wxyz(q.data() + 3), q.data() + 3);
  }
  return clip;
}

}  // namespace

std::shared_ptr<const GetUpSkill> load_get_up(const Character& character, const fs::path& policy,
                                              const fs::path& clips) {
  GetUpSkill skill{load_expert(policy, character), load_clips(character, clips), {}};
  skill.policy->eval();
  skill.motions = build_reference(character, skill.clips, false, skill.policy->velocity_lead);
  return std::make_shared<const GetUpSkill>(std::move(skill));
}

std::shared_ptr<const GetUpSkill> shipped_get_up(const Character& character) {
  if (character.fingerprint != default_character()->fingerprint) return nullptr;
  return load_get_up(character, assets_dir() / "checkpoints" / "get_up.safetensors",
                     assets_dir() / "get_up");
}

GetUp::GetUp(const Character& character, std::shared_ptr<const GetUpSkill> skill)
    : character_(character),
      skill_(std::move(skill)),
      tables_(character, *character.model),
      targets_(character.nu, 0.0) {}

void GetUp::begin(std::span<const double> held) {
  FS_CHECK(held.size() == targets_.size());
  targets_.assign(held.begin(), held.end());
  waited_ = 0;
  attempts_ = 0;
  standing_ = false;
  motion_.reset();
}

std::span<const double> GetUp::act(const World& world, int which) {
  FS_CHECK(!standing_);
  tables_.index = world.index(which);
  if (motion_) check_progress(world);
  if (standing_) return targets_;
  if (!motion_) settle(world);
  if (motion_) follow(world);
  return targets_;
}

void GetUp::settle(const World& world) {
  const mjData& d = world.data();
  const int motion = motion_for(skill_->motions, quat_from_wxyz(d.qpos + tables_.index.qpos + 3));
  if (ready_to_rise(tables_.index, d, waited_++ * character_.control_dt())) {
    return begin_motion(world, motion);
  }
  ease_into(character_, skill_->motions, motion, targets_.data());
}

void GetUp::begin_motion(const World& world, int motion) {
  const int first = skill_->motions.clips[motion].begin;
  const GroundPose place = laid_over(skill_->motions.body_position.col(first),
                                     body_positions(tables_.index, world.data()));
  motion_ = build_reference(character_, {placed(skill_->clips[motion], place)}, false,
                            skill_->policy->velocity_lead);
  frame_ = 0;
  shift_ = {};
  ++attempts_;
}

// The motion is over, or lost and begun anew from the floor.
void GetUp::check_progress(const World& world) {
  const mjData& d = world.data();
  shift_.follow(tables_, d, *motion_, frame_, kShiftTime, character_.control_dt());
  const TrackingError error = tracking_error(tables_, d, *motion_, frame_, shift_);
  const bool over = frame_ == motion_->frames() - 1;
  standing_ = over && error.root_drop < kStands;
  const bool gathered = frame_ * character_.control_dt() > kGather;
  if (standing_ || !(over || (gathered && error.body_position > kLost))) return;
  motion_.reset();
  waited_ = 0;
}

void GetUp::follow(const World& world) {
  const torch::NoGradGuard no_grad;
  const int last = motion_->frames() - 1;
  const auto size = static_cast<std::size_t>(tables_.observation_size());
  torch::Tensor seen = torch::empty({1, tables_.observation_size()});
  tracking_observation(tables_, world.model(), world.data(), *motion_, frame_, last,
                       {seen.data_ptr<float>(), size}, shift_);
  ExpertPolicy policy = skill_->policy;
  const torch::Tensor action = policy->mean(policy->normaliser.apply(seen)).contiguous();
  expert_target(character_, *motion_, frame_ + 1, action.data_ptr<float>(), targets_.data());
  ++frame_;
}

}  // namespace foresight
