// foresight maze mtdiff: one transformer for many maps; planning, and synthesis of training data.
#include <cstdio>

#include "controller/planners/maze_data_file.h"
#include "controller/planners/maze_evaluation.h"
#include "controller/planners/offline_policy.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/output_flags.h"
#include "tools/planner_flags.h"

namespace foresight {
namespace {

struct MtDiffFlags {
  std::string data, out, model, mode = "plan", prompt = "map", json;
  std::vector<std::string> mazes = {"m1-m8"};
  int threads = 2, width = 64, layers = 3, episodes = 10, windows = 2000, rows = 0;
  std::uint64_t seed = 0;
  PlannerTrainingOptions training;
  MtDiffOptions planner;
  OfflineOptions offline;
};

MtDiffTask load_task(const MtDiffFlags& o, const std::string& maze, double discount) {
  return make_task(load_maze_data(fs::path(o.data) / (maze + ".safetensors")), discount);
}

void train(const MtDiffFlags& o) {
  set_threads(o.threads);
  MtDiffConfig config = mtdiff_config(o.mode, o.prompt == "steps");
  config.net.width = o.width;
  config.net.hidden = o.width == 128 ? config.net.hidden : 4 * o.width;
  config.net.layers = o.layers;
  std::vector<MtDiffTask> tasks;
  for (const std::string& maze : maze_names(o.mazes)) {
    tasks.push_back(load_task(o, maze, config.discount));
  }
  MtDiff model = make_mtdiff(config, o.training.seed);
  print_training(train_mtdiff(model, tasks, o.training), o.training, "mtdiff.safetensors");
}

void print_summary(const std::string& name, const nlohmann::json& s) {
  std::printf("%-22s score %6.1f [%6.1f, %6.1f]  return %6.1f  reached %d/%d\n", name.c_str(),
              s["score"].get<double>(), s["score_low"].get<double>(), s["score_high"].get<double>(),
              s["return"].get<double>(), s["reached"].get<int>(), s["episodes"].get<int>());
}

/// Episodes of one map after the other; then their mean over all maps.
class MapReport {
 public:
  void add(const MazeLayout& layout, const std::vector<MazeEpisode>& episodes) {
    rows_[layout.name] = summary_of(layout, episodes);
    print_summary(layout.name, rows_[layout.name]);
    const auto scores = scores_of(layout, episodes);
    scores_.insert(scores_.end(), scores.begin(), scores.end());
    reached_ += rows_[layout.name]["reached"].get<int>();
    ++maps_;
  }

  void finish(const std::string& file) {
    const Interval score = interval_of(scores_);
    std::printf("mean of %-14d score %6.1f [%6.1f, %6.1f]  reached %d/%zu\n", maps_, score.mean,
                score.low, score.high, reached_, scores_.size());
    rows_["mean"] = {{"score", score.mean},
                     {"score_low", score.low},
                     {"score_high", score.high},
                     {"reached", reached_},
                     {"episodes", scores_.size()}};
    write_json(file, rows_);
  }

 private:
  nlohmann::json rows_;
  std::vector<double> scores_;
  int maps_ = 0, reached_ = 0;
};

void run(const MtDiffFlags& o) {
  set_threads(o.threads);
  const MtDiff model = load_mtdiff(o.model);
  MapReport report;
  for (const std::string& maze : maze_names(o.mazes)) {
    const MazeLayout& layout = find_maze(maze);
    std::unique_ptr<MtDiffTask> task;  // a map prompt needs no demonstrations
    if (!o.data.empty() && model.config.net.prompt == PromptKind::kSteps) {
      task = std::make_unique<MtDiffTask>(load_task(o, maze, model.config.discount));
    }
    const auto prompt = task_prompt(model, layout, task.get(), o.seed);
    report.add(layout, run_mtdiff(model, layout, prompt, o.episodes, o.planner, o.seed));
  }
  report.finish(o.json);
}

std::vector<MazeEpisode> run_policy(const MtDiffFlags& o, const MazeLayout& layout,
                                    const MazePolicy& policy) {
  const auto compiled = compile_maze(layout);
  std::vector<MazeEpisode> episodes;
  for (int i = 0; i < o.episodes; ++i) {
    MazeWorld world(layout, compiled, random_key(o.seed, 2, i));
    world.reset();
    episodes.push_back(run_episode(world, policy));
  }
  return episodes;
}

/// Multi-task behaviour cloning on the same data: state and map in, action out.
void clone(const MtDiffFlags& o) {
  set_threads(o.threads);
  std::vector<MtDiffTask> tasks;
  for (const std::string& maze : maze_names({"m1-m8"})) {
    tasks.push_back(load_task(o, maze, mtdiff_config("plan", false).discount));
  }
  OfflineOptions offline = o.offline;
  offline.alpha = 0;
  const OfflinePolicy cloned = train_offline(multi_task_transitions(tasks), offline);
  MapReport report;
  for (const std::string& maze : maze_names(o.mazes)) {
    const MazeLayout& layout = find_maze(maze);
    report.add(layout, run_policy(o, layout, cloned.policy(map_context(layout))));
  }
  report.finish(o.json);
}

/// The first rows of a set of transitions.
Transitions first_rows(const Transitions& t, std::int64_t count) {
  const auto n = std::min<std::int64_t>(count, t.states.size(0));
  return {t.states.narrow(0, 0, n), t.actions.narrow(0, 0, n), t.rewards.narrow(0, 0, n),
          t.next_states.narrow(0, 0, n)};
}

void synthesis(const MtDiffFlags& o) {
  set_threads(o.threads);
  const MtDiff model = load_mtdiff(o.model);
  nlohmann::json report;
  for (const std::string& maze : maze_names(o.mazes)) {
    const MazeLayout& layout = find_maze(maze);
    const MtDiffTask task = load_task(o, maze, model.config.discount);
    Transitions original = transitions_of(task);
    if (o.rows > 0) original = first_rows(original, o.rows);
    const auto made = synthesise(model, task_prompt(model, layout, &task, o.seed), o.windows,
                                 o.planner.calls, o.seed);
    const std::vector<std::pair<std::string, Transitions>> sets = {
        {"original", original}, {"augmented", concatenate(original, made)}, {"synthetic", made}};
    for (const auto& [name, data] : sets) {
      const MazePolicy policy = train_offline(data, o.offline).policy();
      report[maze][name] = summary_of(layout, run_policy(o, layout, policy));
      print_summary(maze + " " + name, report[maze][name]);
    }
  }
  write_json(o.json, report);
}

void add_common(Command* app, const std::shared_ptr<MtDiffFlags>& o, bool data_required) {
  Option* data =
      app->add_option("--data", o->data,
                      data_required ? "Folder of foresight maze data --maze m1-m8"
                                    : "Folder of foresight maze data for these maps, to cut "
                                      "prompts of steps from; a map prompt needs none");
  if (data_required) data->required();
  app->add_option("--maze", o->mazes, "Maps; m1-m8 and held for all of those (default m1-m8)");
  app->add_option("--threads", o->threads, "Threads (default 2)")->check(in_range(1, 256));
}

void add_run(Command& mtdiff, const std::shared_ptr<MtDiffFlags>& o) {
  Command* app = mtdiff.add_subcommand("run", "Episodes on maps, seen or held out");
  app->add_option("model", o->model, "Checkpoint of maze mtdiff train")->required();
  add_common(app, o, false);
  app->add_option("--episodes", o->episodes, "Episodes per map (default 10)")
      ->check(in_range(1, 100000));
  app->add_option("--calls", o->planner.calls, "Network calls per plan (default 10)");
  app->add_option("--replan", o->planner.replan, "Actions executed per plan (default 8)");
  app->add_option("--weight", o->planner.weight, "Weight of the return condition (default 1.2)");
  app->add_option("--target", o->planner.target_return, "Wished return in [0, 1] (default 0.95)");
  app->add_option("--temperature", o->planner.temperature, "Factor on the noise (default 0.5)");
  app->add_option("--seed", o->seed, "Seed (default 0)");
  app->add_option("--json", o->json, "Write the report as JSON");
  app->callback([o] { run(*o); });
}

void add_synthesis(Command& mtdiff, const std::shared_ptr<MtDiffFlags>& o) {
  Command* app = mtdiff.add_subcommand(
      "synthesis", "Offline policies (TD3+BC) on original, augmented and synthetic data");
  app->add_option("model", o->model, "Checkpoint of maze mtdiff train --mode synthesis")
      ->required();
  add_common(app, o, true);
  app->add_option("--windows", o->windows, "Synthetic windows of 16 steps (default 2000)");
  app->add_option("--rows", o->rows, "Original transitions used (default: all)");
  app->add_option("--policy-steps", o->offline.steps, "Steps of the policy (default 20000)");
  app->add_option("--alpha", o->offline.alpha, "0: behaviour cloning (default 2.5)");
  app->add_option("--episodes", o->episodes, "Episodes per policy (default 10)");
  app->add_option("--seed", o->seed, "Seed (default 0)");
  app->add_option("--json", o->json, "Write the report as JSON");
  app->callback([o] { synthesis(*o); });
}

void add_clone(Command& mtdiff, const std::shared_ptr<MtDiffFlags>& o) {
  Command* app = mtdiff.add_subcommand(
      "clone", "Baseline: behaviour cloning on m1 to m8 with the map as input");
  add_common(app, o, true);
  app->add_option("--policy-steps", o->offline.steps, "Steps of the policy (default 20000)");
  app->add_option("--episodes", o->episodes, "Episodes per map (default 10)");
  app->add_option("--seed", o->seed, "Seed (default 0)");
  app->add_option("--json", o->json, "Write the report as JSON");
  app->callback([o] { clone(*o); });
}

}  // namespace

void add_maze_mtdiff_command(Command& maze) {
  Command* mtdiff = maze.add_subcommand("mtdiff", "One transformer, prompted with the task");
  mtdiff->require_subcommand(1);
  auto o = std::make_shared<MtDiffFlags>();
  Command* app = mtdiff->add_subcommand("train", "Train on demonstrations of several maps");
  add_common(app, o, true);
  app->add_option("--mode", o->mode, "plan or synthesis (default plan)")
      ->check(one_of({"plan", "synthesis"}));
  app->add_option("--prompt", o->prompt, "map, or 20 expert steps (default map)")
      ->check(one_of({"map", "steps"}));
  app->add_option("--width", o->width, "Width of the transformer (default 64; reference: 128)")
      ->check(in_range(8, 1024));
  app->add_option("--layers", o->layers, "Layers (default 3; reference: 4)")
      ->check(in_range(1, 16));
  add_planner_training_flags(app, o->training, o->out);
  app->callback([o] {
    o->training.out = o->out;
    train(*o);
  });
  add_run(*mtdiff, o);
  add_synthesis(*mtdiff, o);
  add_clone(*mtdiff, o);
}

}  // namespace foresight
