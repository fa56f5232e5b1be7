// foresight bench maze: score against planning time.
#include <cstdio>

#include "controller/planners/maze_bench.h"
#include "models/device.h"
#include "tools/commands.h"
#include "tools/output_flags.h"
#include "tools/planner_flags.h"

namespace foresight {
namespace {

struct MazeBenchFlags {
  std::string json;
  MazeBenchOptions bench;
};

void run(const MazeBenchFlags& o, const PlannerFlags& f) {
  set_threads(f.threads);
  WorkerPool pool(f.threads);
  const DiffuserModel model = load_planner(f.model);
  const auto report = bench_maze(model, planner_of(f, model.config), o.bench, pool);
  for (const auto& row : report["rows"]) {
    std::printf("%-24s %4d calls  %8.1f ms  score %6.1f [%6.1f, %6.1f]\n",
                row["name"].get<std::string>().c_str(), row["calls"].get<int>(),
                1000 * row["seconds_per_plan"].get<double>(), row["score"].get<double>(),
                row["score_low"].get<double>(), row["score_high"].get<double>());
  }
  if (report.contains("speedup")) {
    std::printf("default against full-step sampler: %.1f times faster\n",
                report["speedup"].get<double>());
  }
  std::printf("published seconds per plan of Diffuser, another machine: 1.1 / 9.9 / 9.9\n");
  write_json(o.json, report);
}

}  // namespace

void add_bench_maze_command(Command& bench) {
  auto o = std::make_shared<MazeBenchFlags>();
  auto f = std::make_shared<PlannerFlags>();
  o->bench.run.random_goals = true;
  Command* app = bench.add_subcommand(
      "maze", "Score of Diffuser's plans against planning time: fewer calls, warm starts");
  add_model_argument(app, f->model)->required();
  app->add_option("--episodes", o->bench.run.episodes, "Episodes (default 100)")
      ->check(in_range(1, 1000000));
  app->add_option("--timed", o->bench.timed_plans, "Plans timed one by one (default 5)")
      ->check(in_range(1, 10000));
  app->add_option("--seed", o->bench.run.seed, "Seed (default 0)");
  app->add_option("--json", o->json, "Write the report as JSON");
  add_planner_flags(app, f);
  app->callback([o, f] { run(*o, *f); });
}

}  // namespace foresight
