// TrackingEnv: batched worlds in which the expert learns to follow reference clips.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "controller/expert/start_sampler.h"
#include "controller/expert/tracking.h"
#include "sim/base/rng.h"
#include "sim/batch_world.h"

namespace foresight {

struct TrackingEnvConfig {
  int worlds = 1024;
  int threads = 0;               // simulation threads, 0: one per CPU
  int max_steps = 300;           // per episode
  double max_error = 0.4;        // m, mean body error that ends an episode
  double max_drop = 0.25;        // m, root below reference that ends an episode
  double friction_amount = 0.3;  // domain randomisation, fraction
  double mass_amount = 0.1;
  double kick_speed = 0.4;     // m/s, largest random kick
  double kick_interval = 3.0;  // s, mean time between kicks
  double shift_time = 0.5;     // s, see ReferenceShift
  double smoothness = 0.02;    // penalty on the mean squared change of the action
  double solved_weight = 0.1;  // of starts in stretches that never fail (StartSampler)
  std::uint64_t seed = 1;
};

/// A body on the floor near the first frame of a clip, as an episode may start.
struct LyingStart {
  int motion = 0;              // clip of the reference
  Eigen::VectorXd qpos, qvel;  // layout of Character
};

/// How an episode ended in the last step: lost, after max_steps, or at the end of its clip.
enum class Ending : std::uint8_t { kNone, kFailed, kTruncated, kFinished };

class TrackingEnv {
 public:
  TrackingEnv(std::shared_ptr<const Character> character,
              std::shared_ptr<const ReferenceMotion> reference, const TrackingEnvConfig& config);

  int worlds() const { return config_.worlds; }
  int observation_size() const { return tables_.observation_size(); }
  int action_size() const { return tables_.character->nu; }

  /// From now on this share of the episodes starts with one of these bodies. Their distance from
  /// the reference ends no episode in the first 1.5 s.
  void start_lying(std::vector<LyingStart> starts, double share);

  /// Starts every world anew; writes worlds x observation_size floats.
  void reset(float* observations);

  /// One control step with actions (worlds x nu, expert units). Writes the next observations (of
  /// the new episode where one ended), rewards and endings. For truncated worlds
  /// `final_observations` gets the last observation of the episode that ended.
  void step(const float* actions, float* observations, float* rewards, Ending* endings,
            float* final_observations);

  /// PD targets (nu, rad) of the reference frame that the next step leads to: what the actions of
  /// step() are added to, times kResidual.
  std::span<const double> next_target(int world) const;

  /// From now on called whenever the observation of a world is written, with its derived quantities
  /// up to date, for several worlds at once. `started`: this is the first of an episode.
  using Watcher = std::function<void(const mjModel&, const mjData&, int world, bool started)>;
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }
  const CharacterIndex& index() const { return batch_.index(); }

  const StartSampler& starts() const { return starts_; }
  double mean_error() const;  // m, body error averaged over worlds at the last step

  /// Rates that sampling depends on; those of another set of clips are ignored.
  std::vector<double> save() const;
  void restore(const std::vector<double>& state);

 private:
  struct Episode {
    int clip = 0, frame = 0, steps = 0;
    bool lying = false;  // began as a LyingStart
    double error = 0;
    ReferenceShift shift;
    Rng rng;
  };

  /// What happened to one bin in the last step; bin -1: nothing.
  struct Outcome {
    int bin = -1;
    bool failed = false;
  };

  Outcome outcome_of(const Episode& e, Ending ending) const;
  void update_starts();
  void start_episode(const mjModel& model, mjData& data, int world);
  void observe(const mjModel& model, const mjData& data, int world, float* out) const;
  Ending advance(const mjModel& model, mjData& data, int world, const float* action, float* reward);
  void put(const mjModel& model, mjData& data, const double* qpos, const double* qvel) const;
  bool is_lost(const Episode& e, const TrackingError& error) const;
  int last_frame(int clip) const;

  TrackingEnvConfig config_;
  std::shared_ptr<const ReferenceMotion> reference_;
  BatchWorld batch_;
  TrackingTables tables_;
  std::vector<Episode> episodes_;
  std::vector<float> last_actions_;  // worlds x nu
  StartSampler starts_;
  std::vector<Outcome> outcomes_;  // per world
  Watcher watcher_;
  std::vector<LyingStart> lying_;
  double lying_share_ = 0;
};

}  // namespace foresight
