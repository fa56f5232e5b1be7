#include "controller/planners/maze_evaluation.h"

#include <cmath>

#include "sim/base/clock.h"
#include "sim/base/rng.h"

namespace foresight {

Interval interval_of(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double half = values.size() > 1 ? 1.96 * std::sqrt(squares / (n - 1) / n) : 0.0;
  return {mean, mean - half, mean + half};
}

std::vector<PlanQuery> draw_queries(const MazeLayout& layout,
                                    const MazeEvaluationOptions& options) {
  const auto model = compile_maze(layout);
  std::vector<PlanQuery> queries;
  for (int i = 0; i < options.episodes; ++i) {
    MazeWorld world(layout, model, random_key(options.seed, 2, i));
    const MazeObservation start = world.reset();
    if (options.random_goals) world.draw_target();
    queries.push_back({start, world.target()});
  }
  return queries;
}

std::vector<MazeEpisode> follow_plans(const MazeLayout& layout,
                                      const std::vector<PlanQuery>& queries,
                                      const std::vector<MazePlan>& plans, WorkerPool& pool,
                                      PlanExecution execution) {
  const auto model = compile_maze(layout);
  std::vector<MazeEpisode> episodes(queries.size());
  pool.run(static_cast<int>(queries.size()), [&](int i) {
    MazeWorld world(layout, model, 0);
    world.set_state(queries[i].start);
    world.set_target(queries[i].goal);
    episodes[i] = run_episode(world, follow_plan(plans[i], execution));
  });
  return episodes;
}

std::vector<double> scores_of(const MazeLayout& layout, const std::vector<MazeEpisode>& episodes) {
  std::vector<double> scores;
  for (const MazeEpisode& e : episodes) {
    scores.push_back(normalised_score(layout, e.episode_return));
  }
  return scores;
}

MazeEvaluation evaluate_plans(const DiffuserModel& model, const PlannerOptions& planner,
                              const MazeEvaluationOptions& options, WorkerPool& pool) {
  const MazeLayout& layout = find_maze(model.config.maze);
  const auto queries = draw_queries(layout, options);
  MazeEvaluation result;
  const auto start = Clock::now();
  result.plans = plan_maze(model, queries, planner);
  result.plan_seconds = seconds_since(start);
  result.episodes = follow_plans(layout, queries, result.plans, pool, options.execution);
  result.scores = scores_of(layout, result.episodes);
  return result;
}

nlohmann::json summary_of(const MazeLayout& layout, const std::vector<MazeEpisode>& episodes) {
  const Interval score = interval_of(scores_of(layout, episodes));
  double total = 0;
  int reached = 0;
  for (const MazeEpisode& e : episodes) {
    total += e.episode_return;
    reached += e.episode_return > 0 ? 1 : 0;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(episodes.size(), 1));
  return {{"score", score.mean},     {"score_low", score.low}, {"score_high", score.high},
          {"return", total / count}, {"reached", reached},     {"episodes", episodes.size()}};
}

}  // namespace foresight
