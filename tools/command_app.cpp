// foresight app: the desktop program.
#include <cstdio>

#include "sim/base/error.h"
#include "tools/commands.h"
#include "ui/app.h"

namespace foresight {
namespace {

struct AppFlags {
  AppOptions app;
  std::string screenshot, settings;
  bool light = false, dark = false, forget = false;
};

// Says whether memory grew once the last minute of history was full (in runs long enough for that).
void run_monkey(App& app, double seconds) {
  const double settled = std::max(0.4 * seconds, std::min(75.0, 0.6 * seconds));
  double before = 0;
  int pictures = 0;
  while (app.frame()) {
    ++pictures;
    if (before == 0 && app.state().now > settled) before = resident_mib();
  }
  const double after = resident_mib();
  std::printf(
      "%d pictures; resident memory %.0f MiB after %.0f s, %.0f MiB at the end (%+.1f %%)\n",
      pictures, before, settled, after, 100 * (after / before - 1));
}

void run(AppFlags o) {
  if (!o.forget) o.app.settings = o.settings.empty() ? settings_file() : fs::path(o.settings);
  o.app.screenshot = o.screenshot;
  if (!o.screenshot.empty() && o.app.frames == 0) o.app.frames = 60;
  if (o.light || o.dark) o.app.dark = o.dark;
  App app(o.app);
  if (o.app.monkey_seconds > 0) return run_monkey(app, o.app.monkey_seconds);
  app.run();
}

void add_look_options(Command* command, const std::shared_ptr<AppFlags>& o) {
  command->add_option("--width", o->app.width, "Window size, px")->check(in_range(640, 16384));
  command->add_option("--height", o->app.height)->check(in_range(400, 16384));
  command->add_flag("--light", o->light, "Light theme");
  command->add_flag("--dark", o->dark, "Dark theme")->excludes("--light");
  command->add_option("--panel", o->app.panel,
                      "Tab on the right: controller, view, record, clips "
                      "or poses");
}

void add_test_options(Command* command, const std::shared_ptr<AppFlags>& o) {
  command->add_option("--screenshot", o->screenshot, "Write a PNG of the window, then end");
  command->add_option("--frames", o->app.frames,
                      "End after so many pictures (default 60 with "
                      "--screenshot)");
  command->add_option("--monkey", o->app.monkey_seconds, "Random input for so many seconds");
  command->add_option("--settings", o->settings, "Settings file (default: the user's)");
  command->add_flag("--forget", o->forget, "Neither read nor write settings");
}

}  // namespace

void add_app_command(Command& app) {
  auto o = std::make_shared<AppFlags>();
  Command* command = app.add_subcommand("app", "Steer the character live, in a window");
  command->add_option("--task", o->app.task, "Task (default: as last time)");
  command->add_option("--open", o->app.open, "Recording (.rec), task (.json) or mocap file");
  command->add_option("--maze", o->app.maze,
                      "Show the maze view with this planner (of foresight maze train)");
  command->add_option("--checkpoint", o->app.checkpoint, "Weights (default: those that ship)");
  command->add_option("--device", o->app.device, "auto, cpu or cuda")
      ->check(one_of({"auto", "cpu", "cuda"}));
  command
      ->add_option("--threads", o->app.threads,
                   "Threads of the network (default: half of the "
                   "cores)")
      ->check(in_range(1, 256));
  command->add_option("--seed", o->app.seed, "Seed (default 0)");
  command->add_flag("--paused", o->app.paused, "Do not start by itself");
  command->add_flag("--in-step", o->app.in_step, "Physics waits for every plan");
  add_look_options(command, o);
  add_test_options(command, o);
  command->callback([o] { run(*o); });
}

}  // namespace foresight
