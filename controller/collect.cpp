#include "controller/collect.h"

#include <algorithm>
#include <cmath>

#include "controller/expert/tracking.h"
#include "controller/kick.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/batch_world.h"

namespace foresight {
namespace {

// Correlation from one step to the next of the action noise: white, the Ornstein-Uhlenbeck process
// of BeyondMimic (theta = 0.8), and a slow one.
constexpr double kCorrelations[] = {0.0, 0.2, 0.2, 0.7};

std::span<const double> span_of(const Eigen::VectorXd& v) {
  return {v.data(), static_cast<std::size_t>(v.size())};
}

constexpr int kPatience = 10;  // episodes per world until something must have survived

struct CollectEpisode {
  Rng rng;
  int clip = 0, frame = 0, last = 0;
  double noise = 0, correlation = 0;
  bool kicked = false;
  Eigen::VectorXd disturbance;
  ReferenceShift shift;
  BodyState state;   // now; derived data in mjData do not outlast a BatchWorld::apply
  RolloutSet steps;  // one episode
  bool failed = false, over = false;
};

// Steps that were simulated and not kept.
struct Dropped {
  std::int64_t failed = 0;     // within the recovery check before a failure
  std::int64_t unchecked = 0;  // the same before the end of time or clip
  std::int64_t brief = 0;      // in stretches too short
};

class Collector {
 public:
  Collector(std::shared_ptr<const Character> character, const ReferenceMotion& reference,
            ExpertPolicy& policy, const CollectConfig& config,
            std::span<const VisitedStart> visited)
      : character_(std::move(character)),
        reference_(reference),
        policy_(policy),
        config_(config),
        visited_(visited),
        batch_(character_, Scene{}, config.worlds, config.threads),
        tables_(*character_, *character_->model),
        observations_(torch::zeros({config.worlds, tables_.observation_size()})),
        episodes_(config.worlds) {
    tables_.index = batch_.index();
    weigh_clips();
    for (int i = 0; i < config.worlds; ++i) {
      episodes_[i].rng.key = random_key(config.seed, 41, i);
      episodes_[i].over = true;
    }
  }

  RolloutSet run(const std::function<bool(double)>& progress) {
    const torch::NoGradGuard no_grad;
    RolloutSet kept = make_rollout_set(*character_);
    describe(kept);
    batch_.apply([&](const mjModel& m, mjData& d, int i) { start(m, d, i); });
    const std::int64_t patience = std::int64_t{kPatience} * length();
    for (std::int64_t steps = 0; kept.hours() < config_.hours && progress(kept.hours()); ++steps) {
      if (steps > patience && kept.steps() == 0) nothing_survives();
      const torch::Tensor mean =
          policy_->mean(policy_->normaliser.apply(observations_)).contiguous();
      const float* actions = mean.data_ptr<float>();
      batch_.apply([&](const mjModel& m, mjData& d, int i) {
        step(m, d, i, actions + static_cast<std::int64_t>(i) * character_->nu);
      });
      for (const CollectEpisode& e : episodes_) {
        if (e.over) harvest(e, kept);
      }
      batch_.apply([&](const mjModel& m, mjData& d, int i) {
        if (episodes_[i].over) start(m, d, i);
      });
    }
    kept.settings["dropped_steps"] = {
        {"failed", dropped_.failed}, {"unchecked", dropped_.unchecked}, {"brief", dropped_.brief}};
    return kept;
  }

 private:
  // Clips are followed as often as they are long, those that leave nothing not at all.
  void weigh_clips() {
    double sum = 0;
    for (const ReferenceClip& clip : reference_.clips) {
      cumulative_.push_back(sum += clip.frames > least() ? clip.frames : 0);
    }
    if (sum > 0) return;
    throw InputError("collect: no clip is longer than the " + std::to_string(least()) +
                     " frames of which something is kept after the recovery check: chain them "
                     "into longer ones with foresight augment");
  }

  [[noreturn]] void nothing_survives() const {
    throw InputError("collect: after " + std::to_string(kPatience * config_.worlds) +
                     " episodes nothing of at least " + std::to_string(config_.min_seconds) +
                     " s has survived: train the expert for longer, or follow longer clips");
  }

  void describe(RolloutSet& set) const {
    for (const ReferenceClip& clip : reference_.clips) {
      add_clip(set, {clip.name, clip.licence, clip.category, clip.split});
    }
    set.settings = {{"max_noise_rad", config_.max_noise},
                    {"correlations", kCorrelations},
                    {"kick_share", config_.kick_share},
                    {"kick_speed_mps", config_.kick_speed},
                    {"kick_interval_s", config_.kick_interval},
                    {"max_error_m", config_.max_error},
                    {"recovery_s", config_.recovery_seconds},
                    {"shift_time_s", config_.shift_time},
                    {"visited_share", visited_.empty() ? 0 : config_.visited_share},
                    {"seed", config_.seed}};
  }

  // A start that another controller got into, null: the episode starts on the reference.
  const VisitedStart* draw_visited(Rng& rng) const {
    if (visited_.empty() || rng.uniform() >= config_.visited_share) return nullptr;
    return &visited_[rng.index(static_cast<int>(visited_.size()))];
  }

  int steps_of(double seconds) const { return static_cast<int>(seconds * character_->control_hz); }
  int check() const { return steps_of(config_.recovery_seconds); }
  int length() const { return steps_of(config_.episode_seconds) + check(); }
  int least() const { return steps_of(config_.min_seconds) + check(); }

  void draw_frame(CollectEpisode& e) const {
    const double draw = e.rng.uniform() * cumulative_.back();
    e.clip = static_cast<int>(std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, draw) -
                              cumulative_.begin());
    const ReferenceClip& clip = reference_.clips[e.clip];
    e.frame =
        clip.begin + e.rng.index(std::max(1, clip.frames - std::min(clip.frames - 1, length())));
  }

  void start(const mjModel& m, mjData& d, int i) {
    CollectEpisode& e = episodes_[i];
    const VisitedStart* visited = draw_visited(e.rng);
    if (visited != nullptr) {
      e.clip = visited->clip;
      e.frame = visited->frame;
    } else {
      draw_frame(e);
    }
    const ReferenceClip& clip = reference_.clips[e.clip];
    e.last = std::min(clip.begin + clip.frames - 1, e.frame + length());
    e.noise = config_.max_noise * i / std::max(1, config_.worlds - 1);
    e.correlation = kCorrelations[e.rng.index(std::size(kCorrelations))];
    e.kicked = e.rng.uniform() < config_.kick_share;
    e.disturbance = Eigen::VectorXd::Zero(character_->nu);
    e.steps = make_rollout_set(*character_);
    add_clip(e.steps, {clip.name, clip.licence, clip.category, clip.split});
    begin_episode(e.steps, 0, static_cast<float>(e.noise));
    e.failed = e.over = false;
    e.shift = {};
    if (visited != nullptr) {
      enter(m, d, e, *visited);
    } else {
      put(m, d, reference_.qpos.col(e.frame), reference_.qvel.col(e.frame));
    }
    observe(m, d, i);
  }

  void put(const mjModel& m, mjData& d, const Eigen::VectorXd& q, const Eigen::VectorXd& v) const {
    set_character_state(*character_, tables_.index, m, d, span_of(q), span_of(v));
  }

  // Its past steps as they were, then the expert takes over.
  void enter(const mjModel& m, mjData& d, CollectEpisode& e, const VisitedStart& visited) const {
    const Eigen::Index now = visited.qpos.cols() - 1;
    for (Eigen::Index s = 0; s < now; ++s) {
      const Eigen::VectorXd q = visited.qpos.col(s), v = visited.qvel.col(s);
      const Eigen::VectorXd action = visited.action.col(s);
      put(m, d, q, v);
      read_body_state(m, d, tables_.index, e.state);
      append_step(e.steps, e.state, span_of(q), span_of(v), span_of(action), span_of(action));
    }
    mark_push(e.steps);
    put(m, d, visited.qpos.col(now), visited.qvel.col(now));
  }

  void observe(const mjModel& m, const mjData& d, int i) {
    read_body_state(m, d, tables_.index, episodes_[i].state);
    const std::size_t size = static_cast<std::size_t>(tables_.observation_size());
    tracking_observation(tables_, m, d, reference_, episodes_[i].frame, episodes_[i].last,
                         {observations_.data_ptr<float>() + i * size, size}, episodes_[i].shift);
  }

  void disturb(CollectEpisode& e) const {
    const double fresh = e.noise * std::sqrt(1 - e.correlation * e.correlation);
    for (double& value : e.disturbance) value = e.correlation * value + fresh * e.rng.normal();
  }

  void kick(CollectEpisode& e, const mjModel& m, mjData& d) const {
    if (!e.kicked || e.rng.uniform() > 1 / (config_.kick_interval * character_->control_hz)) return;
    kick_character(tables_.index, m, d, random_kick(e.rng, config_.kick_speed));
    mark_push(e.steps);
  }

  void step(const mjModel& m, mjData& d, int i, const float* action) {
    CollectEpisode& e = episodes_[i];
    const int nu = character_->nu;
    Eigen::VectorXd clean(nu), executed(nu);
    expert_target(*character_, reference_, std::min(e.frame + 1, e.last), action, clean.data());
    disturb(e);
    executed =
        (clean + e.disturbance).cwiseMax(character_->ctrl_low).cwiseMin(character_->ctrl_high);
    append_step(e.steps, e.state, {d.qpos, static_cast<std::size_t>(character_->nq)},
                {d.qvel, static_cast<std::size_t>(character_->nv)},
                {clean.data(), static_cast<std::size_t>(nu)},
                {executed.data(), static_cast<std::size_t>(nu)});
    std::copy_n(executed.data(), nu, d.ctrl + tables_.index.ctrl);
    const bool ok = step_control(*character_, m, d);
    kick(e, m, d);
    ++e.frame;
    e.shift.follow(tables_, d, reference_, e.frame, config_.shift_time, character_->control_dt());
    e.failed = !ok || tracking_error(tables_, d, reference_, e.frame, e.shift).body_position >
                          config_.max_error;
    e.over = e.failed || e.frame >= e.last;
    if (!e.over) observe(m, d, i);
  }

  // Called in world order, so that the file does not depend on the number of threads.
  void harvest(const CollectEpisode& e, RolloutSet& kept) {
    const int count = static_cast<int>(e.steps.steps()) - check();
    if (count >= steps_of(config_.min_seconds)) {
      append_stretch(kept, e.steps, 0, 0, count);
    } else {
      dropped_.brief += std::max(count, 0);
    }
    (e.failed ? dropped_.failed : dropped_.unchecked) += e.steps.steps() - std::max(count, 0);
  }

  std::shared_ptr<const Character> character_;
  const ReferenceMotion& reference_;
  ExpertPolicy& policy_;
  CollectConfig config_;
  std::span<const VisitedStart> visited_;
  BatchWorld batch_;
  TrackingTables tables_;
  torch::Tensor observations_;
  std::vector<CollectEpisode> episodes_;
  std::vector<double> cumulative_;
  Dropped dropped_;
};

}  // namespace

RolloutSet collect_rollouts(std::shared_ptr<const Character> character,
                            const ReferenceMotion& reference, ExpertPolicy& policy,
                            const CollectConfig& config,
                            const std::function<bool(double)>& progress,
                            std::span<const VisitedStart> visited) {
  return Collector(std::move(character), reference, policy, config, visited).run(progress);
}

}  // namespace foresight
