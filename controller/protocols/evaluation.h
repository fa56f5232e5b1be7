// Runs a protocol: batches of episodes of fixed size, physics in parallel, results per episode.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/eval_data.h"
#include "controller/lookahead_controller.h"
#include "controller/plan_tracker.h"
#include "controller/protocols/motion_meter.h"
#include "controller/protocols/protocol.h"
#include "controller/rollouts.h"

namespace foresight {

/// Part `index` (from 0) of `count`: whole batches, as evenly as they go.
struct Shard {
  int index = 0, count = 1;
};

struct EvaluationOptions {
  int episodes = 100;
  std::uint64_t seed = 0;
  int batch = 32;   // characters that are planned for together; part of what a result depends on
  int workers = 2;  // simulation threads; without influence on results
  Shard shard;
  bool keep_rollouts = false;
  int kept_frames = 0;  // control steps before the end of an episode that are kept for clips
  nlohmann::json weights = nlohmann::json::object();  // see task_weights.h
  bool quiet = false;
};

/// Velocity in one segment of an episode.
struct SegmentResult {
  JoystickCommand command;
  Eigen::Vector2d mean_velocity = Eigen::Vector2d::Zero();  // heading frame, last half, m/s
};

/// World state of one control step, for drawing.
struct WorldFrame {
  std::vector<double> qpos, mocap;  // of the whole model: nq, 3 per mocap body
  std::vector<double> qvel, ctrl;   // nv, nu
};

struct EpisodeResult {
  int index = 0;
  std::uint64_t seed = 0;
  bool fell = false;     // also a divergence or a plan that is not finite
  int falls = 0;         // after which it gets up by itself, in get-up
  bool success = false;  // did not fall and, where the protocol has a goal, reached it
  std::string reason;    // why not: "fall", "diverged", "bad plan", "late" or the task's words
  MotionSummary motion;  // of the first character
  std::map<std::string, double> measures;                 // of the task
  std::vector<SegmentResult> segments;                    // those finished without a fall
  std::vector<std::vector<std::array<double, 2>>> paths;  // one per character, every control step
  Scene scene;
  std::deque<WorldFrame> frames;  // the last `kept_frames`
  RolloutSet rollout;             // of the first character until it fell, where kept: one episode
};

/// What batches have in common with each other only by their sums.
struct BatchResult {
  int index = 0;
  GaussianFit features;
};

struct EvaluationResult {
  std::vector<EpisodeResult> episodes;
  std::vector<BatchResult> batches;
  std::vector<double> step_ms;  // control steps of the whole batch, physics included
  double network_calls = 0;     // of all control steps
  double character_seconds = 0, wall_seconds = 0;
};

/// Batches [first, last) of a shard when an episode has `characters` characters. Throws InputError
/// when the batch does not hold whole episodes.
struct BatchRange {
  int first = 0, last = 0, per_batch = 0;  // per_batch: episodes
};
BatchRange batches_of(const EvaluationOptions& options, int characters);

/// Runs the protocol (or a shard of it) with a controller of options.batch slots. With a tracker
/// the controller only plans and the tracker acts.
EvaluationResult evaluate(const Protocol& protocol, std::shared_ptr<const Character> character,
                          LookaheadController& controller, const EvalData& data,
                          const EvaluationOptions& options, PlanTracker* maybe_tracker = nullptr);

/// Seconds before a fall that nobody should learn from.
inline constexpr double kUnlearntBeforeFall = 2;

/// What was kept with options.keep_rollouts, less the last `seconds_before_fall` of episodes that
/// ended in a fall, or of what was before the first fall of those that got up.
RolloutSet kept_rollouts(const Character& character, const EvaluationResult& result,
                         double seconds_before_fall);

}  // namespace foresight
