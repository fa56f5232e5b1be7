// Runs a protocol: batches of episodes of fixed size, physics in parallel, results per episode.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/eval_data.h"
#include "controller/lookahead_controller.h"
#include "controller/protocols/motion_meter.h"
#include "controller/protocols/protocol.h"

namespace foresight {

struct EvaluationOptions {
  int episodes = 100;
  std::uint64_t seed = 0;
  int batch = 32;   // worlds that are planned for together; part of what a result is a function of
  int workers = 2;  // simulation threads; without influence on results
  int first_batch = 0, batches = -1;  // shard: whole batches only (-1: to the end)
  bool quiet = false;
};

/// Velocity in one segment of an episode.
struct SegmentResult {
  JoystickCommand command;
  Eigen::Vector2d mean_velocity = Eigen::Vector2d::Zero();  // heading frame, last half, m/s
};

struct EpisodeResult {
  int index = 0;
  std::uint64_t seed = 0;
  bool failed = false;
  std::string reason;  // "fall", "diverged", "bad plan"; empty when it went well
  MotionSummary motion;
  std::vector<SegmentResult> segments;  // those finished without a fall
  std::vector<std::array<double, 2>> path;
  GaussianFit features;
};

struct EvaluationResult {
  std::vector<EpisodeResult> episodes;
  std::vector<double> step_ms;  // control steps of the whole batch, physics included
  double network_calls = 0;     // mean per control step
  double character_seconds = 0, wall_seconds = 0;
};

/// Batch of worlds and their controller over one batch of episodes. The controller must have
/// options.batch worlds.
EvaluationResult evaluate(const Protocol& protocol, std::shared_ptr<const Character> character,
                          LookaheadController& controller, const EvalData& data,
                          const EvaluationOptions& options);

}  // namespace foresight
