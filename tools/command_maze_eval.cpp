// foresight maze plan and maze eval: pictures of plans, and scores over many episodes.
#include <cstdio>

#include "controller/planners/maze_evaluation.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/output_flags.h"
#include "tools/planner_flags.h"

namespace foresight {
namespace {

const std::map<std::string, PlanExecution> kExecutions = {{"track", PlanExecution::kTrack},
                                                          {"actions", PlanExecution::kActions}};

void add_execute_flag(Command* app, std::string& execute) {
  app->add_option("--execute", execute,
                  "track: the tracker follows the planned states; actions: the planned actions as "
                  "they are, interpolated between frames (default track)")
      ->check(one_of({"track", "actions"}));
}

// ---- plan

struct PlanOptions {
  std::string png, denoising, lengths, execute = "track";
  std::vector<double> via;  // x, y of each point
  int stitch_level = 1;
  int count = 8;
  bool random_goals = false;
  std::uint64_t seed = 0;
};

/// Pictures of the first query's plan while it is denoised.
std::vector<MazePicture> denoising_pictures(const DiffuserModel& model, PlannerOptions planner,
                                            const PlanQuery& query) {
  std::vector<MazePicture> pictures;
  planner.lengths.clear();
  planner.watch = [&](const torch::Tensor& physical) {
    MazePlan plan;
    plan.stride = model.config.stride;
    const auto frames = physical[0].contiguous();
    const auto table = frames.accessor<float, 2>();
    for (std::int64_t t = 0; t < frames.size(0); ++t) {
      plan.frames.push_back({table[t][2], table[t][3], table[t][4], table[t][5]});
    }
    MazePicture picture(find_maze(model.config.maze));
    picture.draw_plan(plan, query.goal);
    pictures.push_back(std::move(picture));
  };
  plan_maze(model, {query}, planner);
  return pictures;
}

/// Pictures of the first query's plans of every length, the shortest first.
std::vector<MazePicture> length_pictures(const DiffuserModel& model, PlannerOptions planner,
                                         const PlanQuery& query) {
  std::vector<MazePicture> pictures;
  for (const int frames : plan_lengths(model.config, model.config.net.length_unit())) {
    planner.lengths = {frames};
    const MazePlan plan = plan_maze(model, {query}, planner).front();
    MazePicture picture(find_maze(model.config.maze));
    picture.draw_plan(plan, query.goal);
    pictures.push_back(std::move(picture));
    std::printf("length %d: %d steps, %s\n", frames, plan.steps(),
                plan.plausible ? "plausible" : "not plausible");
  }
  return pictures;
}

std::vector<MazePoint> via_points(const PlanOptions& o, const MazeLayout& layout) {
  if (o.via.size() % 2 != 0) throw InputError("--via takes two numbers per point, x and y");
  std::vector<MazePoint> points;
  for (std::size_t i = 0; i < o.via.size(); i += 2) {
    points.push_back({o.via[i], o.via[i + 1]});
    if (layout.is_wall(nearest_cell(points.back()))) {
      throw InputError("--via: point " + std::to_string(points.size()) +
                       " lies in a wall of or outside " + layout.name);
    }
  }
  return points;
}

std::vector<MazePlan> make_plans(const DiffuserModel& model, const std::vector<PlanQuery>& queries,
                                 const std::vector<MazePoint>& via, int stitch_level,
                                 const PlannerOptions& planner) {
  if (via.empty()) return plan_maze(model, queries, planner);
  if (stitch_level >= model.config.levels) {
    throw InputError("--stitch-level: expected less than " + std::to_string(model.config.levels));
  }
  std::vector<MazePlan> plans;
  for (const PlanQuery& query : queries) {
    plans.push_back(stitch_plan(model, query, via, stitch_level, planner));
  }
  return plans;
}

void plan(const PlanOptions& o, const PlannerFlags& f) {
  set_threads(f.threads);
  const DiffuserModel model = load_planner(f.model);
  const MazeLayout& layout = find_maze(model.config.maze);
  const PlannerOptions planner = planner_of(f, model.config);
  const auto queries = draw_queries(layout, {o.count, o.random_goals, o.seed});
  const auto via = via_points(o, layout);
  const auto plans = make_plans(model, queries, via, o.stitch_level, planner);
  WorkerPool pool(f.threads);
  const auto episodes = follow_plans(layout, queries, plans, pool, kExecutions.at(o.execute));
  std::vector<MazePicture> pictures;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    MazePicture picture(layout);
    picture.draw_path(path_of(episodes[i]), {60, 60, 60}, {60, 60, 60}, 1);
    picture.draw_plan(plans[i], queries[i].goal);
    for (const MazePoint& point : via) picture.draw_disc(point, 0.1, {230, 160, 30});
    pictures.push_back(std::move(picture));
    std::printf("%zu: %d steps, largest jump %.3f m, outside %.1f %%, return %.0f, goal after %d\n",
                i, plans[i].steps(), plans[i].defect, 100 * plans[i].outside,
                episodes[i].episode_return, episodes[i].first_reward);
  }
  if (!o.png.empty()) write_sheet(o.png, pictures, 4);
  if (!o.denoising.empty()) {
    write_sheet(o.denoising, denoising_pictures(model, planner, queries.front()), 5);
  }
  if (!o.lengths.empty()) {
    write_sheet(o.lengths, length_pictures(model, planner, queries.front()), 4);
  }
}

// ---- eval

struct EvalOptions {
  std::string json, policy, execute = "track", maze = "umaze";
  MazeEvaluationOptions run;
};

const std::map<std::string, ReferencePolicy> kPolicies = {{"random", ReferencePolicy::kRandom},
                                                          {"fresh", ReferencePolicy::kFresh},
                                                          {"reused", ReferencePolicy::kReused}};

void print_row(const std::string& name, const nlohmann::json& s) {
  std::printf("%-28s score %6.1f [%6.1f, %6.1f]  return %6.1f  reached %d/%d\n", name.c_str(),
              s["score"].get<double>(), s["score_low"].get<double>(), s["score_high"].get<double>(),
              s["return"].get<double>(), s["reached"].get<int>(), s["episodes"].get<int>());
}

nlohmann::json eval_policy(const EvalOptions& o, bool random_goals, WorkerPool& pool) {
  const MazeLayout& layout = find_maze(o.maze);
  const auto episodes =
      run_reference(layout, kPolicies.at(o.policy), o.run.episodes, random_goals, o.run.seed, pool);
  return summary_of(layout, episodes);
}

nlohmann::json eval_model(const EvalOptions& o, const PlannerFlags& f, const DiffuserModel& model,
                          bool random_goals, WorkerPool& pool) {
  MazeEvaluationOptions run = o.run;
  run.random_goals = random_goals;
  run.execution = kExecutions.at(o.execute);
  const auto result = evaluate_plans(model, planner_of(f, model.config), run, pool);
  nlohmann::json summary = summary_of(find_maze(model.config.maze), result.episodes);
  summary["plan_seconds_each"] = result.plan_seconds / o.run.episodes;
  int plausible = 0;
  for (const MazePlan& p : result.plans) plausible += p.plausible ? 1 : 0;
  summary["plausible"] = plausible;
  return summary;
}

void eval(const EvalOptions& o, const PlannerFlags& f) {
  if (f.model.empty() == o.policy.empty()) {
    throw InputError("give either a checkpoint or --policy random, fresh or reused");
  }
  set_threads(f.threads);
  WorkerPool pool(f.threads);
  nlohmann::json report;
  DiffuserModel model;
  if (!f.model.empty()) model = load_planner(f.model);
  const std::string maze = f.model.empty() ? o.maze : model.config.maze;
  for (const bool random_goals : {false, true}) {
    const std::string task = random_goals ? "random goals" : "fixed goal";
    const auto summary = f.model.empty() ? eval_policy(o, random_goals, pool)
                                         : eval_model(o, f, model, random_goals, pool);
    print_row(maze + ", " + task, summary);
    report[random_goals ? "multi" : "single"] = summary;
  }
  if (!f.model.empty()) {
    std::printf("%.3f s per plan\n", report["single"]["plan_seconds_each"].get<double>());
  }
  report["maze"] = maze;
  write_json(o.json, report);
}

}  // namespace

void add_maze_plan_command(Command& maze) {
  auto o = std::make_shared<PlanOptions>();
  auto f = std::make_shared<PlannerFlags>();
  Command* app = maze.add_subcommand("plan", "Plan, follow the plans, draw them");
  add_model_argument(app, f->model)->required();
  app->add_option("--png", o->png, "Picture of all plans (coloured) and ways taken (grey)");
  app->add_option("--denoising-png", o->denoising, "Picture of the first plan at every call");
  app->add_option("--lengths-png", o->lengths,
                  "Picture of the first query's plans of every length");
  app->add_option("--via", o->via, "Points that every plan passes on its way, x y in m for each");
  app->add_option("--stitch-level", o->stitch_level,
                  "Noise level from which the parts become one trajectory (default 1)")
      ->check(in_range(0, 1000));
  app->add_option("--count", o->count, "Plans (default 8)")->check(in_range(1, 1000));
  add_execute_flag(app, o->execute);
  app->add_flag("--random-goals", o->random_goals, "A random goal for each plan");
  app->add_option("--seed", o->seed, "Seed (default 0)");
  add_planner_flags(app, f);
  app->callback([o, f] { plan(*o, *f); });
}

void add_maze_eval_command(Command& maze) {
  auto o = std::make_shared<EvalOptions>();
  auto f = std::make_shared<PlannerFlags>();
  Command* app = maze.add_subcommand(
      "eval", "D4RL scores with 95 % intervals, for the fixed goal and for random goals");
  add_model_argument(app, f->model);
  add_execute_flag(app, o->execute);
  app->add_option("--policy", o->policy, "Instead of a checkpoint: random, fresh or reused")
      ->check(one_of({"random", "fresh", "reused"}));
  app->add_option("--maze", o->maze, "Maze for --policy (default umaze)");
  app->add_option("--episodes", o->run.episodes, "Episodes (default 100)")
      ->check(in_range(1, 1000000));
  app->add_option("--seed", o->run.seed, "Seed (default 0)");
  app->add_option("--json", o->json, "Write the report as JSON");
  add_planner_flags(app, f);
  app->callback([o, f] { eval(*o, *f); });
}

}  // namespace foresight
