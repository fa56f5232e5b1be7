#include "controller/planners/maze_bench.h"

#include <string>

#include "sim/base/clock.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;
/// Seconds per plan when plans are made one at a time; the first one warms up.
double time_plans(const std::vector<PlanQuery>& queries, int count,
                  const std::function<void(const PlanQuery&, int)>& plan) {
  plan(queries.front(), 0);
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i)
    plan(queries[i % queries.size()], i % static_cast<int>(queries.size()));
  return seconds_since(start) / count;
}

json row_of(const std::string& name, int calls, double seconds, const MazeLayout& layout,
            const std::vector<MazeEpisode>& episodes) {
  json row = summary_of(layout, episodes);
  row["name"] = name;
  row["calls"] = calls;
  row["seconds_per_plan"] = seconds;
  return row;
}

json cold_row(const DiffuserModel& model, PlannerOptions planner, int calls,
              const std::vector<PlanQuery>& queries, const MazeBenchOptions& o, WorkerPool& pool) {
  planner.calls = calls;
  const MazeLayout& layout = find_maze(model.config.maze);
  const auto episodes = follow_plans(layout, queries, plan_maze(model, queries, planner), pool);
  const double seconds = time_plans(
      queries, o.timed_plans, [&](const PlanQuery& q, int) { plan_maze(model, {q}, planner); });
  const bool full = calls >= model.config.levels;
  return row_of(full ? "full-step sampler" : "cold start", calls, seconds, layout, episodes);
}

/// State of every episode after following its plan for `steps`.
std::vector<PlanQuery> queries_after(const MazeLayout& layout,
                                     const std::vector<PlanQuery>& queries,
                                     const std::vector<MazePlan>& plans, int steps) {
  const auto compiled = compile_maze(layout);
  std::vector<PlanQuery> later = queries;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    MazeWorld world(layout, compiled, 0);
    world.set_state(queries[i].start);
    const MazePolicy policy = track_plan(plans[i]);
    for (int t = 0; t < steps; ++t) later[i].start = world.step(policy(world.observation(), {}, t));
  }
  return later;
}

/// Everything the rows with a second plan share.
struct Replanning {
  std::vector<PlanQuery> later;
  std::vector<MazePlan> shifted;
};

json warm_row(const DiffuserModel& model, PlannerOptions planner, int calls, const Replanning& r,
              const MazeBenchOptions& o, WorkerPool& pool) {
  const MazeLayout& layout = find_maze(model.config.maze);
  planner.calls = calls;
  const bool full = calls >= model.config.levels;
  const auto plan = [&](const std::vector<PlanQuery>& queries, const std::vector<MazePlan>& from) {
    return full ? plan_maze(model, queries, planner)
                : replan_maze(model, queries, from, calls - 1, planner);
  };
  const auto episodes = follow_plans(layout, r.later, plan(r.later, r.shifted), pool);
  const double seconds = time_plans(r.later, o.timed_plans,
                                    [&](const PlanQuery& q, int i) { plan({q}, {r.shifted[i]}); });
  return row_of(full ? "second plan, full-step" : "second plan, warm start", calls, seconds, layout,
                episodes);
}

}  // namespace

json bench_maze(const DiffuserModel& model, const PlannerOptions& planner,
                const MazeBenchOptions& o, WorkerPool& pool) {
  const MazeLayout& layout = find_maze(model.config.maze);
  const auto queries = draw_queries(layout, o.run);
  FS_CHECK(!queries.empty() && o.timed_plans >= 1);
  const int levels = model.config.levels;
  json rows = json::array();
  rows.push_back(cold_row(model, planner, levels, queries, o, pool));
  double standard = 0;
  for (const int calls : o.calls) {
    rows.push_back(cold_row(model, planner, calls, queries, o, pool));
    if (calls == planner.calls) standard = rows.back()["seconds_per_plan"];
  }
  // Second plans keep the longest length: a shifted plan has the length of the one before.
  PlannerOptions longest = planner;
  longest.lengths.clear();
  const auto first = plan_maze(model, queries, longest);
  Replanning replanning{queries_after(layout, queries, first, o.replan_after), {}};
  for (const MazePlan& plan : first) {
    replanning.shifted.push_back(shift_plan(plan, o.replan_after));
  }
  rows.push_back(warm_row(model, longest, levels, replanning, o, pool));
  for (const int calls : o.warm_calls) {
    if (calls <= levels) rows.push_back(warm_row(model, longest, calls, replanning, o, pool));
  }
  json report = {{"maze", model.config.maze}, {"rows", rows}, {"model", to_json(model.config)}};
  if (standard > 0) {
    report["speedup"] = rows[0]["seconds_per_plan"].get<double>() / standard;
  }
  return report;
}

}  // namespace foresight
