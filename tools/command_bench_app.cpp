// foresight bench app: does the app keep real time on this machine?
#include <cstdio>

#include "controller/statistics.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/output_flags.h"
#include "ui/app.h"

namespace foresight {
namespace {

struct BenchAppFlags {
  AppOptions app;
  double seconds = 20, warm_up = 12;
  std::string json;
  std::vector<std::string> require;
};

struct Sum {
  int pictures = 0, pauses = 0;
  double simulated = 0, seconds = 0;
  std::vector<double> ages, plan_ms;
};

// A picture; when the app has paused because the planner was too late, it goes on.
bool go_on(App& app, Sum& sum) {
  AppState& s = app.state();
  if (s.shot->state == RunState::kFailed && !s.sim.playing()) {
    ++sum.pauses;
    s.sim.set_playing(true);
  }
  ++sum.pictures;
  return app.frame();
}

// The app adapts its quality first; then it is measured.
Sum measure(App& app, const BenchAppFlags& o) {
  AppState& s = app.state();
  while (app.frame() && (!s.model || s.shot->state != RunState::kRunning)) {
    if (!s.loader.busy() && !s.model && s.now > 5) throw InputError("the checkpoint did not load");
  }
  const double begin = s.now + o.warm_up;
  Sum warm_up, sum;
  while (s.now < begin && go_on(app, warm_up)) {
  }
  app.collect_timing(true);
  while (s.now < begin + o.seconds && go_on(app, sum)) {
  }
  sum.seconds = s.now - begin;
  const SimTiming timing = app.collect_timing(false);
  sum.simulated = timing.simulated;
  sum.ages.assign(timing.plan_ages.begin(), timing.plan_ages.end());
  for (const double seconds : timing.plan_seconds) sum.plan_ms.push_back(1000 * seconds);
  return sum;
}

nlohmann::json report_of(App& app, const Sum& sum) {
  const AppState& s = app.state();
  return {
      {"fps", sum.pictures / sum.seconds},
      {"real_time_factor", sum.simulated / sum.seconds},
      {"pauses_because_late", sum.pauses},
      {"plan_age_steps", {{"p50", percentile(sum.ages, 50)}, {"p95", percentile(sum.ages, 95)}}},
      {"plan_ms", {{"p50", percentile(sum.plan_ms, 50)}, {"p95", percentile(sum.plan_ms, 95)}}},
      {"start_s", app.start_seconds()},
      {"width", app.window().width()},
      {"height", app.window().height()},
      {"renderer", s.renderer},
      {"quality", quality_level(s.quality).name},
      {"quality_note", quality_note(s.quality)},
      {"replan_every", s.replan_every()},
      {"seconds", sum.seconds},
      {"falls", s.shot->falls},
      {"checkpoint_sha256", s.model ? s.model->sha256 : ""},
      {"device", s.model ? s.model->device : ""},
      {"versions", versions_json()}};
}

void run(const BenchAppFlags& o) {
  App app(o.app);
  const Sum sum = measure(app, o);
  const nlohmann::json report = report_of(app, sum);
  std::printf("%s\n", report.dump(2).c_str());
  write_json(o.json, report);
  check_requirements(report, o.require);
}

}  // namespace

void add_bench_app_command(Command& bench) {
  auto o = std::make_shared<BenchAppFlags>();
  o->app.width = 1280;
  o->app.height = 720;
  o->app.task = "joystick";
  Command* command = bench.add_subcommand("app",
                                          "Pictures, real-time factor and plan age of the "
                                          "app (needs a display; xvfb-run is one)");
  command->add_option("--seconds", o->seconds, "To measure (default 20)")
      ->check(in_range(1.0, 3600.0));
  command
      ->add_option("--warm-up", o->warm_up,
                   "Seconds before, in which the app adapts its quality "
                   "(default 12)")
      ->check(in_range(0.0, 600.0));
  command->add_option("--task", o->app.task, "Task (default joystick)");
  command->add_option("--checkpoint", o->app.checkpoint, "Weights (default: those that ship)");
  command->add_option("--device", o->app.device, "auto, cpu or cuda");
  command->add_option("--threads", o->app.threads, "Threads of the network");
  command->add_option("--width", o->app.width, "Window size, px (default 1280 x 720)");
  command->add_option("--height", o->app.height);
  command->add_option("--json", o->json, "Write the report as JSON");
  add_require_flag(command, o->require, "fps>=15");
  command->callback([o] { run(*o); });
}

}  // namespace foresight
