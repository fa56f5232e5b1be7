// foresight bench: speed of the parts that must be fast.
#include <cstdio>

#include "controller/bench_control.h"
#include "controller/control_settings.h"
#include "models/device.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

struct BenchFlags {
  std::string eval_data, random;
  OutputFlags output;
  std::vector<std::string> require;
  BenchOptions bench;
};

// With --random the weights do not matter and no checkpoint is needed.
LoadedController controller_for(const BenchFlags& o, const ControllerFlags& flags) {
  if (o.random.empty()) return load_controller(flags);
  set_threads(flags.threads);
  LoadedController loaded;
  loaded.character =
      flags.character.empty() ? default_character() : load_character(flags.character);
  loaded.device = choose_device(flags.device);
  auto model =
      random_lookahead(*loaded.character, lookahead_config(o.random, *loaded.character), 1);
  model.denoiser->to(loaded.device);
  model.normaliser = model.normaliser.to(loaded.device);
  loaded.model = std::make_shared<const LookaheadModel>(std::move(model));
  loaded.options.bf16 = flags.bf16;
  return loaded;
}

void bench_control_command(const BenchFlags& o, const ControllerFlags& flags) {
  const LoadedController loaded = controller_for(o, flags);
  const EvalData data = load_starts(o.eval_data, *loaded.character);
  nlohmann::json report =
      bench_control(loaded.character, loaded.model, loaded.options, data, o.bench);
  report["checkpoint_sha256"] = loaded.model->sha256;
  report["model"] = to_json(loaded.model->config);
  report["device"] = device_name(loaded.device);
  report["threads"] = flags.threads;
  report["options"] = to_json(loaded.options);
  report["versions"] = versions_json();
  if (!o.output.quiet) std::printf("%s\n", report.dump(2).c_str());
  write_json(o.output.json, report);
  check_requirements(report, o.require);
}

}  // namespace

void add_bench_command(Command& app) {
  Command* bench = app.add_subcommand("bench", "Measure speed");
  bench->require_subcommand(1);
  add_bench_maze_command(*bench);
  auto o = std::make_shared<BenchFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  Command* command = bench->add_subcommand(
      "control", "Time of a guided control step, physics included; gains by pruning and rolling");
  command->add_option("--steps", o->bench.steps, "Control steps to time (default 300)")
      ->check(in_range(20, 1000000));
  command
      ->add_option("--compare-steps", o->bench.compare_steps,
                   "Control steps per variant in comparisons (default 20)")
      ->check(in_range(2, 100000));
  command->add_option("--seed", o->bench.seed, "Seed (default 0)");
  command->add_option("--random", o->random, "Random weights of this size instead of a checkpoint")
      ->check(one_of({"small", "base", "tiny"}));
  command->add_option("--eval-data", o->eval_data, "Start states (default: those that ship)");
  add_output_flags(command, o->output, "Print nothing; for use with --json and --require");
  add_require_flag(command, o->require, "step_ms.p95<=33");
  add_controller_flags(command, flags);
  command->callback([o, flags] { bench_control_command(*o, *flags); });
  add_bench_app_command(*bench);
  add_bench_export_command(*bench);
}

}  // namespace foresight
