// Measures the control loop: how long a guided control step takes, what pruning changes (nothing)
// and saves, and how the loop compares with naive denoising.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "controller/eval_data.h"
#include "controller/lookahead_controller.h"

namespace foresight {

struct BenchOptions {
  int steps = 300;         // control steps that are timed, physics included
  int compare_steps = 20;  // control steps per variant when variants are compared
  std::uint64_t seed = 0;
};

/// Report of `foresight bench control`, all for one character under the joystick task:
///   step_ms {p50, p95, p99}  observe, plan with guidance, act and step, as configured
///   real_time_factor         character time / wall time
///   network_calls            per control step
///   pose_from_state_ms       joint angles of one predicted state, warm-started, median
///   pruned_max_abs_diff      pruned against unpruned actions of the same observations, normalised
///   pruned_speedup           planning time without pruning / with
///   naive_speedup            naive planning time / fp32 planning time. Naive: no rolling, no
///                            pruning, one level per call, an action token for every state, fp32
///   speedup_bf16             naive planning time / bfloat16 planning time
nlohmann::json bench_control(std::shared_ptr<const Character> character,
                             std::shared_ptr<const LookaheadModel> model,
                             const LookaheadOptions& options, const EvalData& data,
                             const BenchOptions& bench);

}  // namespace foresight
