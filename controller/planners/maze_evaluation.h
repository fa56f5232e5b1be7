// Scores in a maze: plan once, follow the plan, sum the rewards.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "controller/planners/maze_planner.h"
#include "sim/base/parallel.h"

namespace foresight {

struct MazeEvaluationOptions {
  int episodes = 100;
  bool random_goals = false;  ///< Multi2D instead of the fixed goal
  std::uint64_t seed = 0;
  PlanExecution execution = PlanExecution::kTrack;
};

/// Start and goal of every episode; episode i depends on (seed, i) alone.
std::vector<PlanQuery> draw_queries(const MazeLayout& layout, const MazeEvaluationOptions& options);

struct MazeEvaluation {
  std::vector<MazePlan> plans;
  std::vector<MazeEpisode> episodes;
  std::vector<double> scores;  ///< normalised, per episode
  double plan_seconds = 0;     ///< for all plans together
};

MazeEvaluation evaluate_plans(const DiffuserModel& model, const PlannerOptions& planner,
                              const MazeEvaluationOptions& options, WorkerPool& pool);

/// Follows given plans.
std::vector<MazeEpisode> follow_plans(const MazeLayout& layout,
                                      const std::vector<PlanQuery>& queries,
                                      const std::vector<MazePlan>& plans, WorkerPool& pool,
                                      PlanExecution execution = PlanExecution::kTrack);

std::vector<double> scores_of(const MazeLayout& layout, const std::vector<MazeEpisode>& episodes);

/// Mean and its 95 % normal interval.
struct Interval {
  double mean = 0, low = 0, high = 0;
};
Interval interval_of(const std::vector<double>& values);

/// {"score", "score_low", "score_high" (95 % interval of the mean), "return", "reached",
/// "episodes"}.
nlohmann::json summary_of(const MazeLayout& layout, const std::vector<MazeEpisode>& episodes);

}  // namespace foresight
