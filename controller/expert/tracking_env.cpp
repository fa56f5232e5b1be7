#include "controller/expert/tracking_env.h"

#include <algorithm>
#include <cmath>

#include "controller/kick.h"

namespace foresight {
namespace {

constexpr double kGatherSeconds = 1.5;  // in which who starts lying may be anywhere
constexpr int kShortVisit = 15;         // frames; a bin left sooner after a start was not passed

}  // namespace

TrackingEnv::TrackingEnv(std::shared_ptr<const Character> character,
                         std::shared_ptr<const ReferenceMotion> reference,
                         const TrackingEnvConfig& config)
    : config_(config),
      reference_(std::move(reference)),
      batch_(character, Scene{}, config.worlds, config.threads),
      tables_(batch_.character(), *batch_.character().model),
      episodes_(config.worlds),
      last_actions_(static_cast<std::size_t>(config.worlds) * character->nu),
      starts_(*reference_, config.solved_weight),
      outcomes_(config.worlds) {
  tables_.index = batch_.index();
  if (config_.friction_amount > 0 || config_.mass_amount > 0) {
    batch_.randomise(config_.friction_amount, config_.mass_amount, config_.seed);
  }
  for (int i = 0; i < config_.worlds; ++i) episodes_[i].rng.key = random_key(config_.seed, 77, i);
}

void TrackingEnv::update_starts() {
  for (const Outcome& outcome : outcomes_) {
    if (outcome.bin >= 0) starts_.add_outcome(outcome.bin, outcome.failed);
  }
  starts_.update();
}

int TrackingEnv::last_frame(int clip) const {
  return reference_->clips[clip].begin + reference_->clips[clip].frames - 1;
}

void TrackingEnv::start_lying(std::vector<LyingStart> starts, double share) {
  lying_ = std::move(starts);
  lying_share_ = lying_.empty() ? 0 : share;
}

void TrackingEnv::put(const mjModel& model, mjData& data, const double* qpos,
                      const double* qvel) const {
  const Character& c = *tables_.character;
  set_character_state(c, tables_.index, model, data, {qpos, static_cast<std::size_t>(c.nq)},
                      {qvel, static_cast<std::size_t>(c.nv)});
}

void TrackingEnv::start_episode(const mjModel& model, mjData& data, int world) {
  Episode& e = episodes_[world];
  e.steps = 0;
  e.error = 0;
  e.shift = {};
  std::fill_n(last_actions_.begin() + static_cast<std::size_t>(world) * action_size(),
              action_size(), 0.0F);
  e.lying = lying_share_ > 0 && e.rng.uniform() < lying_share_;
  if (e.lying) {
    const LyingStart& start = lying_[e.rng.index(static_cast<int>(lying_.size()))];
    e.clip = start.motion;
    e.frame = reference_->clips[e.clip].begin;
    return put(model, data, start.qpos.data(), start.qvel.data());
  }
  const StartSampler::Start start = starts_.draw(e.rng);
  e.clip = start.clip;
  e.frame = start.frame;
  put(model, data, reference_->qpos.col(e.frame).data(), reference_->qvel.col(e.frame).data());
}

bool TrackingEnv::is_lost(const Episode& e, const TrackingError& error) const {
  if (e.lying && e.steps < kGatherSeconds * tables_.character->control_hz) return false;
  return error.body_position > config_.max_error || error.root_drop > config_.max_drop;
}

void TrackingEnv::observe(const mjModel& model, const mjData& data, int world, float* out) const {
  const Episode& e = episodes_[world];
  tracking_observation(tables_, model, data, *reference_, e.frame, last_frame(e.clip),
                       {out, static_cast<std::size_t>(observation_size())}, e.shift);
}

void TrackingEnv::reset(float* observations) {
  batch_.apply([&](const mjModel& m, mjData& d, int world) {
    start_episode(m, d, world);
    // Spread the first episodes over time, so that not all worlds end together.
    Episode& e = episodes_[world];
    if (!e.lying) e.steps = e.rng.index(config_.max_steps / 2);
    observe(m, d, world, observations + static_cast<std::size_t>(world) * observation_size());
    if (watcher_) watcher_(m, d, world, true);
  });
}

Ending TrackingEnv::advance(const mjModel& model, mjData& data, int world, const float* action,
                            float* reward) {
  Episode& e = episodes_[world];
  const int nu = action_size();
  expert_target(*tables_.character, *reference_, e.frame + 1, action,
                data.ctrl + tables_.index.ctrl);
  if (e.rng.uniform() < 1.0 / (config_.kick_interval * tables_.character->control_hz)) {
    kick_character(tables_.index, model, data, random_kick(e.rng, config_.kick_speed));
  }
  const bool ok = step_control(*tables_.character, model, data);
  ++e.frame;
  ++e.steps;
  float* last = last_actions_.data() + static_cast<std::size_t>(world) * nu;
  const Eigen::Map<const Eigen::VectorXf> now(action, nu);
  Eigen::Map<Eigen::VectorXf> before(last, nu);
  const double change = (now - before).squaredNorm() / nu;
  before = now;
  if (!ok) {
    *reward = 0;
    return Ending::kFailed;
  }
  e.shift.follow(tables_, data, *reference_, e.frame, config_.shift_time,
                 tables_.character->control_dt());
  const TrackingError error = tracking_error(tables_, data, *reference_, e.frame, e.shift);
  e.error = error.body_position;
  *reward =
      static_cast<float>(tracking_reward(error) - config_.smoothness * std::min(change, 10.0));
  if (is_lost(e, error)) return Ending::kFailed;
  if (e.frame >= last_frame(e.clip)) return Ending::kFinished;
  return e.steps >= config_.max_steps ? Ending::kTruncated : Ending::kNone;
}

// The bin that was failed, or left towards the next one or the end of the clip.
TrackingEnv::Outcome TrackingEnv::outcome_of(const Episode& e, Ending ending) const {
  const int now = starts_.bin_of(e.frame), before = starts_.bin_of(e.frame - 1);
  if (ending == Ending::kFailed) return {now, true};
  const bool left = now != before || e.frame >= last_frame(e.clip);
  return {left && e.steps >= kShortVisit ? before : -1, false};
}

void TrackingEnv::step(const float* actions, float* observations, float* rewards, Ending* endings,
                       float* final_observations) {
  const std::size_t size = observation_size();
  const std::size_t nu = action_size();
  batch_.apply([&](const mjModel& m, mjData& d, int world) {
    endings[world] = advance(m, d, world, actions + world * nu, rewards + world);
    outcomes_[world] = outcome_of(episodes_[world], endings[world]);
    if (endings[world] == Ending::kTruncated) {
      observe(m, d, world, final_observations + world * size);
    }
    if (endings[world] != Ending::kNone) start_episode(m, d, world);
    observe(m, d, world, observations + world * size);
    if (watcher_) watcher_(m, d, world, endings[world] != Ending::kNone);
  });
  update_starts();
}

std::span<const double> TrackingEnv::next_target(int world) const {
  const auto column = reference_->target.col(episodes_[world].frame + 1);
  return {column.data(), static_cast<std::size_t>(column.size())};
}

double TrackingEnv::mean_error() const {
  double sum = 0;
  for (const Episode& e : episodes_) sum += e.error;
  return sum / config_.worlds;
}

std::vector<double> TrackingEnv::save() const { return starts_.failures(); }

void TrackingEnv::restore(const std::vector<double>& state) { starts_.set_failures(state); }

}  // namespace foresight
