// Score against time: fewer denoising steps, and warm starts, beside the full-step sampler.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/planners/maze_evaluation.h"

namespace foresight {

struct MazeBenchOptions {
  MazeEvaluationOptions run;
  int timed_plans = 5;    ///< plans made one by one for the times
  int replan_after = 20;  ///< steps after which the warm-started plan takes over
  std::vector<int> calls = {20, 10, 5, 2, 1};
  std::vector<int> warm_calls = {20, 5, 2};
};

/// Rows {"name", "calls", "seconds_per_plan", "score", "score_low", "score_high", "reached"} for
/// the full-step sampler, cold starts with fewer calls, and plans that are replaced after a few
/// steps by one from scratch (full) or warm-started. Same episodes in all rows. "speedup" compares
/// the default (planner.calls) with the full-step sampler.
nlohmann::json bench_maze(const DiffuserModel& model, const PlannerOptions& planner,
                          const MazeBenchOptions& options, WorkerPool& pool);

}  // namespace foresight
