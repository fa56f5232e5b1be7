#include "controller/expert/tracking_env.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace foresight {
namespace {

constexpr int kBinFrames = 30;
constexpr double kFailureRate = 0.05;  // weight of a new outcome in a bin's moving average
constexpr double kFailureBoost = 4.0;  // a bin that always fails is drawn this much more often

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
      ended_bin_(config.worlds) {
  tables_.index = batch_.index();
  if (config_.friction_amount > 0 || config_.mass_amount > 0) {
    batch_.randomise(config_.friction_amount, config_.mass_amount, config_.seed);
  }
  for (int i = 0; i < config_.worlds; ++i) episodes_[i].rng.key = random_key(config_.seed, 77, i);
  build_bins();
}

void TrackingEnv::build_bins() {
  bin_of_frame_.resize(reference_->frames());
  for (std::size_t c = 0; c < reference_->clips.size(); ++c) {
    const ReferenceClip& clip = reference_->clips[c];
    for (int f = 0; f < clip.frames; ++f) {
      if (f % kBinFrames == 0) {
        bin_begin_.push_back(clip.begin + f);
        bin_clip_.push_back(static_cast<int>(c));
      }
      bin_of_frame_[clip.begin + f] = static_cast<int>(bin_begin_.size()) - 1;
    }
  }
  bin_failure_.assign(bin_begin_.size(), 0.5);
  bin_cumulative_.resize(bin_begin_.size());
  update_bins(nullptr);
}

void TrackingEnv::update_bins(const Ending* endings) {
  for (int i = 0; endings && i < config_.worlds; ++i) {
    if (endings[i] == Ending::kNone) continue;
    double& rate = bin_failure_[ended_bin_[i]];
    rate += kFailureRate * ((endings[i] == Ending::kFailed ? 1.0 : 0.0) - rate);
  }
  double sum = 0;
  for (std::size_t b = 0; b < bin_failure_.size(); ++b) {
    sum += config_.uniform_share + (1 - config_.uniform_share) * kFailureBoost * bin_failure_[b];
    bin_cumulative_[b] = sum;
  }
}

int TrackingEnv::last_frame(int clip) const {
  return reference_->clips[clip].begin + reference_->clips[clip].frames - 1;
}

void TrackingEnv::start_episode(const mjModel& model, mjData& data, int world) {
  Episode& e = episodes_[world];
  const double draw = e.rng.uniform() * bin_cumulative_.back();
  const auto bin = std::upper_bound(bin_cumulative_.begin(), bin_cumulative_.end() - 1, draw) -
                   bin_cumulative_.begin();
  e.clip = bin_clip_[bin];
  const ReferenceClip& clip = reference_->clips[e.clip];
  // Start up to a second before the bin, so that it is entered in motion.
  const int frame = bin_begin_[bin] + e.rng.index(2 * kBinFrames) - kBinFrames;
  e.frame = std::clamp(frame, clip.begin, std::max(clip.begin, last_frame(e.clip) - 10));
  e.steps = 0;
  e.error = 0;
  std::fill_n(last_actions_.begin() + static_cast<std::size_t>(world) * action_size(),
              action_size(), 0.0F);
  const auto span = [](auto column) {
    return std::span<const double>(column.data(), column.size());
  };
  set_character_state(*tables_.character, tables_.index, model, data,
                      span(reference_->qpos.col(e.frame)), span(reference_->qvel.col(e.frame)));
}

void TrackingEnv::observe(const mjModel& model, const mjData& data, int world, float* out) const {
  const Episode& e = episodes_[world];
  tracking_observation(tables_, model, data, *reference_, e.frame, last_frame(e.clip),
                       {out, static_cast<std::size_t>(observation_size())});
}

void TrackingEnv::reset(float* observations) {
  batch_.apply([&](const mjModel& m, mjData& d, int world) {
    start_episode(m, d, world);
    // Spread the first episodes over time, so that not all worlds end together.
    episodes_[world].steps = episodes_[world].rng.index(config_.max_steps / 2);
    observe(m, d, world, observations + static_cast<std::size_t>(world) * observation_size());
  });
}

Ending TrackingEnv::advance(const mjModel& model, mjData& data, int world, const float* action,
                            float* reward) {
  Episode& e = episodes_[world];
  const int nu = action_size();
  expert_target(*tables_.character, *reference_, e.frame + 1, action,
                data.ctrl + tables_.index.ctrl);
  if (e.rng.uniform() < 1.0 / (config_.kick_interval * tables_.character->control_hz)) {
    const double speed = e.rng.uniform(0, config_.kick_speed);
    const double direction = e.rng.uniform(0, 2 * std::numbers::pi);
    data.qvel[tables_.index.qvel] += speed * std::cos(direction);
    data.qvel[tables_.index.qvel + 1] += speed * std::sin(direction);
  }
  const bool ok = step_control(*tables_.character, model, data);
  ++e.frame;
  ++e.steps;
  float* last = last_actions_.data() + static_cast<std::size_t>(world) * nu;
  const Eigen::Map<const Eigen::VectorXf> now(action, nu);
  Eigen::Map<Eigen::VectorXf> before(last, nu);
  const double change = (now - before).squaredNorm() / nu;
  before = now;
  ended_bin_[world] = bin_of_frame_[e.frame];
  if (!ok) {
    *reward = 0;
    return Ending::kFailed;
  }
  const TrackingError error = tracking_error(tables_, data, *reference_, e.frame);
  e.error = error.body_position;
  *reward =
      static_cast<float>(tracking_reward(error) - config_.smoothness * std::min(change, 10.0));
  if (error.body_position > config_.max_error || error.root_drop > config_.max_drop) {
    return Ending::kFailed;
  }
  const bool over = e.frame >= last_frame(e.clip) || e.steps >= config_.max_steps;
  return over ? Ending::kTruncated : Ending::kNone;
}

void TrackingEnv::step(const float* actions, float* observations, float* rewards, Ending* endings,
                       float* final_observations) {
  const std::size_t size = observation_size();
  const std::size_t nu = action_size();
  batch_.apply([&](const mjModel& m, mjData& d, int world) {
    endings[world] = advance(m, d, world, actions + world * nu, rewards + world);
    if (endings[world] == Ending::kTruncated) {
      observe(m, d, world, final_observations + world * size);
    }
    if (endings[world] != Ending::kNone) start_episode(m, d, world);
    observe(m, d, world, observations + world * size);
  });
  update_bins(endings);
}

double TrackingEnv::mean_error() const {
  double sum = 0;
  for (const Episode& e : episodes_) sum += e.error;
  return sum / config_.worlds;
}

std::vector<double> TrackingEnv::save() const { return bin_failure_; }

void TrackingEnv::restore(const std::vector<double>& state) {
  if (state.size() != bin_failure_.size()) return;  // other clips: their rates start anew
  bin_failure_ = state;
  update_bins(nullptr);
}

}  // namespace foresight
