// foresight run: one character under one task, without a window.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "controller/headless_run.h"
#include "controller/svg_plot.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

struct Options {
  std::string task = "joystick", task_file, plot, json, eval_data, video;
  std::vector<std::string> settings;
  double seconds = 30;
  std::uint64_t seed = 0;
  bool headless = true, list_tasks = false;
};

void list_tasks() {
  for (const Task& task : all_tasks()) {
    std::printf("%-12s %s\n", task.name.c_str(), task.summary.c_str());
    for (const TaskParameter& p : task.parameters) {
      std::printf("  %-12s %g (%g to %g %s): %s\n", p.name.c_str(), p.value, p.low, p.high,
                  p.unit.c_str(), p.help.c_str());
    }
  }
}

// {"task": NAME, "values": {NAME: NUMBER, ...}}
void read_task_file(Options& o) {
  const auto json = nlohmann::json::parse(read_file(o.task_file, 1 << 20), nullptr, false);
  if (!json.is_object() || !json.contains("task") || !json["task"].is_string()) {
    throw InputError(o.task_file + ": expected {\"task\": NAME, \"values\": {NAME: NUMBER, ...}}");
  }
  o.task = json["task"];
  std::vector<std::string> settings;
  const nlohmann::json values = json.value("values", nlohmann::json::object());
  for (const auto& [name, value] : values.items()) settings.push_back(name + "=" + value.dump());
  o.settings.insert(o.settings.begin(), settings.begin(), settings.end());
}

RunOptions run_options(const Options& o) {
  RunOptions run;
  run.seconds = o.seconds;
  run.seed = o.seed;
  run.task = o.task;
  run.values = task_values(find_task(o.task), o.settings);
  const bool demo = o.task == "joystick" && o.settings.empty();
  if (demo) run.commands = find_protocol("joystick").segments(o.seed);
  return run;
}

nlohmann::json summary_json(const Options& o, const RunSummary& s) {
  nlohmann::json falls = nlohmann::json::array();
  for (const RunFall& f : s.falls) falls.push_back({{"seconds", f.seconds}, {"reason", f.reason}});
  return {{"task", o.task},
          {"seconds", o.seconds},
          {"seed", o.seed},
          {"distance_m", s.motion.distance},
          {"mean_speed_mps", s.motion.mean_speed},
          {"foot_slide_mps", s.motion.foot_slide},
          {"power_w", s.motion.power},
          {"falls", falls},
          {"success", s.success},
          {"step_ms",
           {{"p50", percentile(s.step_ms, 50)},
            {"p95", percentile(s.step_ms, 95)},
            {"p99", percentile(s.step_ms, 99)}}},
          {"real_time_factor", s.wall_seconds > 0 ? o.seconds / s.wall_seconds : 0}};
}

void print_summary(const Options& o, const RunSummary& s) {
  std::printf("%s: %.1f s of character time in %.1f s\n", o.task.c_str(), o.seconds,
              s.wall_seconds);
  std::printf("  walked %.1f m at %.2f m/s on average, %zu falls\n", s.motion.distance,
              s.motion.mean_speed, s.falls.size());
  for (const RunFall& f : s.falls) std::printf("  at %.1f s: %s\n", f.seconds, f.reason.c_str());
  std::printf("  foot slide %.3f m/s, power %.0f W\n", s.motion.foot_slide, s.motion.power);
  std::printf("  control step p50 %.1f ms, p95 %.1f ms\n", percentile(s.step_ms, 50),
              percentile(s.step_ms, 95));
}

void write_outputs(const Options& o, const RunSummary& s) {
  if (!o.plot.empty()) {
    write_file(o.plot, svg_plot({{"", s.path}}, {"path from above (" + o.task + ")", "x, m", "y, m",
                                                 760, 560, false, true}));
  }
  if (!o.json.empty()) write_file(o.json, summary_json(o, s).dump(2) + "\n");
}

/// Renders every control step into an MP4 file.
struct Film {
  Film(const World& world, const std::string& file)
      : renderer(world.model(), 1280, 720), writer(file, 1280, 720, world.character().control_hz) {}

  void add(const RunStep& step) { writer.add(renderer.render(step.world.data())); }

  OffscreenRenderer renderer;
  VideoWriter writer;
};

void run(Options o, const ControllerFlags& flags) {
  if (o.list_tasks) return list_tasks();
  if (!o.task_file.empty()) read_task_file(o);
  const RunOptions settings = run_options(o);
  const LoadedController loaded = load_controller(flags);
  const EvalData data = load_starts(o.eval_data, *loaded.character);
  LookaheadController controller(loaded.character, loaded.model, loaded.options, 1);
  const auto world = make_run_world(loaded.character, settings);
  std::unique_ptr<Film> film;
  std::vector<RunObserver> observers;
  if (!o.video.empty()) {
    film = std::make_unique<Film>(*world, o.video);
    observers.push_back([&film](const RunStep& step) { film->add(step); });
  }
  const RunSummary summary = run_headless(*world, controller, data, settings, observers);
  if (film) film->writer.finish();
  print_summary(o, summary);
  write_outputs(o, summary);
}

}  // namespace

void add_run_command(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto flags = std::make_shared<ControllerFlags>();
  CLI::App* command =
      app.add_subcommand("run", "Let the character do a task and tell what happened");
  command->add_option("--task", o->task,
                      "Task (default joystick; without --set it follows a "
                      "sequence of commands drawn by --seed)");
  command->add_option("--task-file", o->task_file, "Task and values from a JSON file");
  command->add_option("--set", o->settings, "Task parameter: name=value (repeatable)");
  command->add_flag("--list-tasks", o->list_tasks, "Print tasks with their parameters and ranges");
  command->add_option("--seconds", o->seconds, "Character time (default 30)")
      ->check(CLI::Range(0.1, 86400.0));
  command->add_option("--seed", o->seed, "Seed (default 0)");
  command->add_option("--plot", o->plot, "Write the path seen from above as SVG");
  command->add_option("--video", o->video, "Write an MP4 (needs the ffmpeg program)");
  command->add_option("--json", o->json, "Write the summary as JSON");
  command->add_option("--eval-data", o->eval_data, "Start states (default: those that ship)");
  command->add_flag("--headless", o->headless, "Without a window (as it is now in any case)");
  add_controller_flags(command, flags);
  command->callback([o, flags] { run(*o, *flags); });
}

}  // namespace foresight
