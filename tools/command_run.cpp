// foresight run: one character under one task, without a window.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "controller/run_recorder.h"
#include "controller/skills/lookahead_actor.h"
#include "controller/svg_plot.h"
#include "controller/task_file.h"
#include "controller/task_weights.h"
#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/output_flags.h"
#include "ui/offscreen/export_recording.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

struct RunFlags {
  std::string task = "joystick", task_file, plot, json, eval_data, video, record;
  std::string prompt, prompts, after_fall = "get-up";
  std::vector<std::string> settings, exports;
  double seconds = 30, prompt_strength = kPromptStrength;
  std::uint64_t seed = 0;
  bool headless = true, list_tasks = false, force = false, quiet = false;
};

void list_tasks() {
  for (const Task& task : all_tasks()) {
    std::printf("%-12s %s\n", task.name.c_str(), task.summary.c_str());
    for (const TaskParameter& p : task.parameters) {
      if (p.internal) continue;
      std::printf("  %-12s %g (%g to %g %s): %s\n", p.name.c_str(), p.value, p.low, p.high,
                  p.unit.c_str(), p.help.c_str());
    }
  }
}

RunOptions run_options(const RunFlags& o, const nlohmann::json& weights) {
  RunOptions run;
  run.seconds = o.seconds;
  run.seed = o.seed;
  Task task;
  if (o.task_file.empty()) {
    task = find_task(o.task);
    run.values = task_values(task, o.settings);
  } else {
    const TaskFile file = load_task_file(o.task_file);
    task = *file.task;
    for (std::size_t i = 0; i < file.values.size(); ++i) task.parameters[i].value = file.values[i];
    run.values = task_values(task, o.settings);
  }
  apply_weights(weights, task);
  run.task = task.name;
  const bool demo = task.name == "joystick" && o.settings.empty() && o.task_file.empty();
  if (demo) run.commands = find_protocol("joystick").segments(o.seed);
  run.own_task = std::make_shared<const Task>(std::move(task));
  return run;
}

nlohmann::json summary_json(const RunFlags& o, const RunSummary& s, const EvalData& starts) {
  nlohmann::json falls = nlohmann::json::array();
  for (const RunFall& f : s.falls) falls.push_back({{"seconds", f.seconds}, {"reason", f.reason}});
  return {{"task", o.task},
          {"seconds", o.seconds},
          {"seed", o.seed},
          {"eval_data_sha256", starts.sha256},
          {"distance_m", s.motion.distance},
          {"mean_speed_mps", s.motion.mean_speed},
          {"foot_slide_mps", s.motion.foot_slide},
          {"power_w", s.motion.power},
          {"falls", falls},
          {"got_up", s.got_up},
          {"success", s.success},
          {"failure", s.failure},
          {"measures", s.measures},
          {"step_ms",
           {{"p50", percentile(s.step_ms, 50)},
            {"p95", percentile(s.step_ms, 95)},
            {"p99", percentile(s.step_ms, 99)}}},
          {"real_time_factor", s.wall_seconds > 0 ? o.seconds / s.wall_seconds : 0}};
}

void print_summary(const RunFlags& o, const RunSummary& s) {
  std::printf("%s: %.1f s of character time in %.1f s\n", o.task.c_str(), o.seconds,
              s.wall_seconds);
  std::printf("  walked %.1f m at %.2f m/s on average, %zu falls\n", s.motion.distance,
              s.motion.mean_speed, s.falls.size());
  for (const RunFall& f : s.falls) std::printf("  at %.1f s: %s\n", f.seconds, f.reason.c_str());
  if (s.got_up > 0) std::printf("  got up by itself %d times\n", s.got_up);
  if (s.success) std::printf("  done\n");
  if (!s.failure.empty()) std::printf("  failed: %s\n", s.failure.c_str());
  for (const auto& [name, value] : s.measures) std::printf("  %s %.3f\n", name.c_str(), value);
  std::printf("  foot slide %.3f m/s, power %.0f W\n", s.motion.foot_slide, s.motion.power);
  std::printf("  control step p50 %.1f ms, p95 %.1f ms\n", percentile(s.step_ms, 50),
              percentile(s.step_ms, 95));
}

void write_outputs(const RunFlags& o, const RunSummary& s, const EvalData& starts) {
  if (!o.plot.empty()) {
    write_file(o.plot, svg_plot({{"", s.path}}, {"path from above (" + o.task + ")", "x, m", "y, m",
                                                 760, 560, false, true}));
  }
  write_json(o.json, summary_json(o, s, starts));
}

// What a recording needs to build the task again.
nlohmann::json definition_of(const RunFlags& o, const Task& task) {
  nlohmann::json definition{{"task", task.name}, {"numbers", task_numbers(task)}};
  if (!o.task_file.empty()) {
    definition["file"] = nlohmann::json::parse(read_file(o.task_file), nullptr, false);
  }
  return definition;
}

std::vector<ExportOptions> exports_of(const RunFlags& o) {
  std::vector<ExportOptions> all;
  for (const std::string& file : o.exports) {
    ExportOptions what;
    what.format = format_from_name(file);
    what.out = file;
    check_export(what, o.force);
    all.push_back(what);
  }
  return all;
}

void export_run(const std::string& bytes, const std::shared_ptr<const Character>& character,
                const std::vector<ExportOptions>& exports) {
  for (const ExportOptions& what : exports) {
    RecordingReader reader(bytes, "the run");
    export_recording(reader, character, what, {});
    std::printf("wrote %s\n", what.out.c_str());
  }
}

/// Renders every control step into an MP4 file.
struct Film : RunObserver {
  Film(const World& world, const std::string& file)
      : renderer(world.model(), 1280, 720), writer(file, 1280, 720, world.character().control_hz) {}

  void after_step(const RunStep& step) override { writer.add(renderer.render(step.world.data())); }

  OffscreenRenderer renderer;
  VideoWriter writer;
};

struct RunProgress : RunObserver {
  explicit RunProgress(const RunFlags& o) : bar("run " + o.task, o.seconds, o.quiet) {}

  void after_step(const RunStep& step) override {
    bar.update((step.step + 1) * step.world.character().control_dt());
  }

  ProgressBar bar;
};

/// The controller that the flags name, with the prompt that --prompt names.
LoadedController load_prompted(const RunFlags& o, ControllerFlags flags) {
  if (o.prompt.empty()) return load_controller(flags);
  if (flags.checkpoint.empty()) flags.checkpoint = prompted_checkpoint();
  LoadedController loaded = load_controller(flags);
  const fs::path file = o.prompts.empty() ? default_skill_library() : fs::path(o.prompts);
  const SkillLibrary library = load_skill_library(file, *loaded.character);
  loaded.options.prompt = prompt_numbers(o.prompt, library, *loaded.model, o.seed);
  loaded.options.prompt_strength = o.prompt_strength;
  return loaded;
}

void run(RunFlags o, const ControllerFlags& flags) {
  if (o.list_tasks) return list_tasks();
  const std::vector<ExportOptions> exports = exports_of(o);
  const LoadedController loaded = load_prompted(o, flags);
  RunOptions settings = run_options(o, loaded.weights);
  if (o.after_fall == "get-up") settings.get_up = shipped_get_up(*loaded.character);
  o.task = settings.task;
  const EvalData data = load_starts(o.eval_data, *loaded.character);
  const auto world = make_run_world(loaded.character, settings, data);
  LookaheadController controller(loaded.character, loaded.model, loaded.options,
                                 world->num_characters());
  std::unique_ptr<Film> film;
  std::unique_ptr<RunRecorder> recorder;
  std::vector<RunObserver*> observers;
  if (!o.record.empty() || !exports.empty()) {
    const nlohmann::json info =
        run_info(controller, loaded.options, settings, data, definition_of(o, *settings.own_task));
    recorder = std::make_unique<RunRecorder>(*world, settings.seed, info, o.record, o.force);
    observers.push_back(recorder.get());
  }
  if (!o.video.empty()) {
    film = std::make_unique<Film>(*world, o.video);
    observers.push_back(film.get());
  }
  const RunSummary summary = [&] {
    RunProgress progress(o);
    observers.push_back(&progress);
    return run_headless(*world, controller, data, settings, observers);
  }();
  if (film) film->writer.finish();
  if (recorder) recorder->finish();
  print_summary(o, summary);
  write_outputs(o, summary, data);
  if (exports.empty()) return;
  export_run(o.record.empty() ? recorder->bytes() : read_file(o.record), loaded.character, exports);
}

}  // namespace

void add_run_command(Command& app) {
  auto o = std::make_shared<RunFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  Command* command =
      app.add_subcommand("run", "Let the character do a task and tell what happened");
  command->add_option("--task", o->task,
                      "Task (default joystick; without --set it follows a "
                      "sequence of commands drawn by --seed)");
  command->add_option("--task-file", o->task_file, "Task and values from a JSON file");
  command->add_option("--set", o->settings, "Task parameter: name=value (repeatable)");
  command->add_flag("--list-tasks", o->list_tasks, "Print tasks with their parameters and ranges");
  command->add_option(
      "--prompt", o->prompt,
      "Skill to go on with: walk, run, jog, zombie or stealthy (docs/skills.md); the "
      "weights that ship for it are used unless --checkpoint names others");
  command
      ->add_option("--prompt-strength", o->prompt_strength,
                   "What is predicted with the prompt less what is predicted without counts so "
                   "many times (default 5; all but 1 need twice the network calls)")
      ->check(in_range(0.1, 20));
  command->add_option("--prompts", o->prompts,
                      "File with the skills (default: the one that ships)");
  command
      ->add_option("--after-fall", o->after_fall,
                   "get-up: the character gets up by itself; stand-up: it is put on its feet "
                   "(default get-up)")
      ->check(one_of({"get-up", "stand-up"}));
  command->add_option("--seconds", o->seconds, "Character time (default 30)")
      ->check(in_range(0.1, 86400.0));
  command->add_option("--seed", o->seed, "Seed (default 0)");
  command->add_option("--plot", o->plot, "Write the path seen from above as SVG");
  command->add_option("--video", o->video, "Write an MP4 (needs the ffmpeg program)");
  command->add_option("--record", o->record, "Write a recording (foresight replay, export)");
  command->add_option("--export", o->exports,
                      "Write the motion too; the name's ending says as what: .bvh .glb .npz .csv "
                      ".usda .mjcf .mp4 (repeatable)");
  command->add_flag("--force", o->force, "Overwrite recording and exports when they exist");
  command->add_option("--json", o->json, "Write the summary as JSON");
  command->add_option("--eval-data", o->eval_data, "Start states (default: those that ship)");
  command->add_flag("--headless", o->headless, "Without a window (as it is now in any case)");
  command->add_flag("--quiet", o->quiet, "No progress bar");
  add_controller_flags(command, flags);
  command->callback([o, flags] { run(*o, *flags); });
}

}  // namespace foresight
