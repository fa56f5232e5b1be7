#include "ui/live/expert_track.h"

#include "controller/expert/expert.h"
#include "controller/expert/tracking.h"
#include "sim/base/error.h"

namespace foresight {

struct ExpertTrack::Impl {
  Impl(std::shared_ptr<const Character> c, const Clip& clip, const fs::path& file)
      : character(std::move(c)),
        reference(build_reference(*character, {clip}, /*mirrored=*/false)),
        policy(load_expert(file, *character)),
        tables(*character, *character->model) {}

  int last() const { return reference.frames() - 1; }

  std::shared_ptr<const Character> character;
  ReferenceMotion reference;
  ExpertPolicy policy;
  TrackingTables tables;
};

ExpertTrack::ExpertTrack(std::shared_ptr<const Character> character, const Clip& clip,
                         const fs::path& expert)
    : impl_(std::make_unique<Impl>(std::move(character), clip, expert)) {
  if (clip.frames() < 4) throw InputError(clip.name + ": too short to follow");
}

ExpertTrack::~ExpertTrack() = default;

void ExpertTrack::start(World& world) {
  frame_ = 0;
  const Eigen::VectorXd qpos = impl_->reference.qpos.col(0), qvel = impl_->reference.qvel.col(0);
  world.set_state({qpos.data(), static_cast<std::size_t>(qpos.size())},
                  {qvel.data(), static_cast<std::size_t>(qvel.size())});
  impl_->tables.index = world.index();
}

std::vector<double> ExpertTrack::act(const World& world) {
  const torch::NoGradGuard no_grad;
  Impl& i = *impl_;
  i.tables.index = world.index();
  torch::Tensor observation = torch::zeros({1, i.tables.observation_size()});
  tracking_observation(
      i.tables, world.model(), world.data(), i.reference, frame_, i.last(),
      {observation.data_ptr<float>(), static_cast<std::size_t>(i.tables.observation_size())});
  error_ = tracking_error(i.tables, world.data(), i.reference, frame_).body_position;
  const torch::Tensor action = i.policy->mean(i.policy->normaliser.apply(observation)).contiguous();
  std::vector<double> target(i.character->nu);
  frame_ = std::min(frame_ + 1, i.last());
  expert_target(*i.character, i.reference, frame_, action.data_ptr<float>(), target.data());
  return target;
}

bool ExpertTrack::over() const { return frame_ >= impl_->last(); }

std::vector<double> ExpertTrack::pose() const {
  const Eigen::VectorXd qpos = impl_->reference.qpos.col(frame_);
  return {qpos.data(), qpos.data() + qpos.size()};
}

fs::path shipped_expert() { return assets_dir() / "checkpoints" / "expert.safetensors"; }

}  // namespace foresight
