// foresight maze: the planners that the look-ahead controller grew from, on point-mass mazes.
// Data and training here; plans and scores in command_maze_eval.cpp.
#include <cstdio>

#include "controller/planners/diffuser_training.h"
#include "controller/planners/maze_data_file.h"
#include "models/device.h"
#include "sim/base/files.h"
#include "tools/commands.h"
#include "tools/planner_flags.h"

namespace foresight {
namespace {

struct DataOptions {
  std::vector<std::string> mazes = {"umaze"};
  std::string out;
  int workers = 2;
  MazeDataOptions data;
};

void print_statistics(const MazeData& data, const MazeLayout& layout) {
  const MazeDataStatistics s = describe(data, layout);
  std::printf("%s: %lld steps, %.1f per goal, goal fraction %.4f, std %.3f %.3f %.3f %.3f\n",
              layout.name.c_str(), static_cast<long long>(s.rows), s.steps_per_goal,
              s.goal_fraction, s.std[0], s.std[1], s.std[2], s.std[3]);
  std::printf("  %lld segments up to the fixed goal, mean length %.0f\n",
              static_cast<long long>(s.segments), s.segment_length);
}

void make_data(const DataOptions& o) {
  WorkerPool pool(o.workers);
  const auto names = maze_names(o.mazes);
  const bool folder = names.size() > 1 || fs::path(o.out).extension() != ".safetensors";
  if (folder) fs::create_directories(o.out);
  for (const std::string& name : names) {
    const MazeLayout& layout = find_maze(name);
    const MazeData data = generate_maze_data(layout, o.data, pool);
    const fs::path file = folder ? fs::path(o.out) / (name + ".safetensors") : fs::path(o.out);
    save_maze_data(file, data);
    print_statistics(data, layout);
    std::printf("  %s\n", file.c_str());
  }
}

struct TrainOptions {
  std::string data, out, preset = "fast", prediction = "clean";
  int threads = 2, width = 0, frames = 0, levels = 0, stride = 0;
  PlannerTrainingOptions training;
};

DiffuserConfig config_of(const TrainOptions& o, const MazeLayout& layout) {
  DiffuserConfig config = diffuser_config(o.preset, layout);
  if (o.width > 0) config.net.width = o.width;
  if (o.frames > 0) {
    config.min_frames = config.min_frames == config.frames ? o.frames : config.min_frames;
    config.frames = o.frames;
  }
  if (o.levels > 0) config.levels = o.levels;
  if (o.stride > 0) config.stride = o.stride;
  config.prediction = o.prediction == "noise" ? Prediction::kNoise : Prediction::kClean;
  check_config(config);
  return config;
}

void train(const TrainOptions& o) {
  set_threads(o.threads);
  const MazeData data = load_maze_data(o.data);
  const DiffuserConfig config = config_of(o, find_maze(data.maze));
  const PlannerTrainingResult r = train_diffuser(config, data, o.training);
  print_training(r, o.training, "diffuser.safetensors");
}

void add_data_command(Command& maze) {
  auto o = std::make_shared<DataOptions>();
  Command* app = maze.add_subcommand("data", "Generate demonstrations of the waypoint controller");
  app->add_option("--maze", o->mazes,
                  "umaze, medium, large, m1 ... m8, held1, held2; m1-m8 and held for all of those");
  app->add_option("--out", o->out, "File (.safetensors), or a folder for several mazes")
      ->required();
  app->add_option("--steps", o->data.steps, "Steps of 0.01 s per maze (default 1000000)")
      ->check(in_range(1000, 1000000000));
  app->add_option("--noise", o->data.noise, "Standard deviation added to actions (default 0)")
      ->check(in_range(0.0, 10.0));
  app->add_option("--seed", o->data.seed, "Seed (default 1)");
  app->add_option("--workers,--threads", o->workers, "Threads (default 2)")
      ->check(in_range(1, 256));
  app->callback([o] { make_data(*o); });
}

void add_train_command_of_maze(Command& maze) {
  auto o = std::make_shared<TrainOptions>();
  Command* app = maze.add_subcommand("train", "Train Diffuser on demonstrations");
  app->add_option("--data", o->data, "File of foresight maze data")->required();
  app->add_option("--preset", o->preset,
                  "fast (plans of any length, a frame every 4 steps), reference (Diffuser's "
                  "released settings) or reactive (32 steps, no goal; default fast)");
  app->add_option("--width", o->width, "Width of the U-Net instead of the preset's 32");
  app->add_option("--frames", o->frames, "Longest plan in frames instead of the preset's");
  app->add_option("--stride", o->stride, "Steps per frame instead of the preset's");
  app->add_option("--levels", o->levels, "Diffusion steps instead of the preset's");
  app->add_option("--predict", o->prediction, "clean or noise (default clean)")
      ->check(one_of({"clean", "noise"}));
  add_planner_training_flags(app, o->training, o->out);
  app->add_option("--threads", o->threads, "Threads (default 2)")->check(in_range(1, 256));
  app->callback([o] {
    o->training.out = o->out;
    train(*o);
  });
}

}  // namespace

void add_maze_command(Command& app) {
  Command* maze = app.add_subcommand(
      "maze", "Diffuser, Decision Diffuser and MTDiff on point-mass mazes (D4RL maze2d v1)");
  maze->require_subcommand(1);
  add_data_command(*maze);
  add_train_command_of_maze(*maze);
  add_maze_plan_command(*maze);
  add_maze_eval_command(*maze);
  add_maze_guide_commands(*maze);
  add_maze_mtdiff_command(*maze);
}

}  // namespace foresight
