// foresight eval: a fixed protocol, many episodes, one report.
#include <cstdio>

#include "controller/protocols/evaluation.h"
#include "controller/protocols/report.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"

namespace foresight {
namespace {

struct Options {
  std::string protocol, json, csv, html, eval_data;
  std::vector<std::string> require;
  double kick = -1;
  bool sweep = false;
  EvaluationOptions run;
};

void write_reports(const Options& o, const nlohmann::json& report, const EvaluationResult& result) {
  if (!o.json.empty()) write_file(o.json, report.dump(2) + "\n");
  if (!o.csv.empty()) write_file(o.csv, report_csv(result));
  if (!o.html.empty()) write_file(o.html, report_html(report, result));
}

Protocol protocol_of(const Options& o) {
  Protocol protocol = find_protocol(o.protocol);
  if (o.kick >= 0) {
    protocol.kick = o.kick;
    protocol.name += "@kick=" + std::to_string(o.kick).substr(0, 4);
  }
  return protocol;
}

// Fall rates with kicks of up to 0.25, 0.5 ... 1.5 m/s.
nlohmann::json sweep_kicks(const Options& o, const LoadedController& loaded,
                           LookaheadController& controller, const EvalData& data) {
  nlohmann::json rows = nlohmann::json::array();
  for (int i = 1; i <= 6; ++i) {
    Protocol protocol = find_protocol(o.protocol);
    protocol.kick = 0.25 * i;
    const auto result = evaluate(protocol, loaded.character, controller, data, o.run);
    const Estimate falls = metrics_of(protocol, result, data).at("fall_rate");
    std::printf("kicks up to %.2f m/s: %.1f %% fall\n", protocol.kick, 100 * falls.mean);
    rows.push_back(
        {{"kick_mps", protocol.kick},
         {"fall_rate", {{"mean", falls.mean}, {"low", falls.low}, {"high", falls.high}}}});
  }
  return rows;
}

void run(const Options& o, const ControllerFlags& flags) {
  const LoadedController loaded = load_controller(flags);
  const EvalData data = load_starts(o.eval_data, *loaded.character);
  const Protocol protocol = protocol_of(o);
  EvaluationOptions settings = o.run;
  settings.workers = flags.threads;
  LookaheadController controller(loaded.character, loaded.model, loaded.options, settings.batch);
  const auto result = evaluate(protocol, loaded.character, controller, data, settings);
  RunIdentity identity{protocol.name, flags.method, loaded.model->sha256, data.sha256,
                       device_name(loaded.device)};
  identity.versions = versions_json();
  identity.options = controller_options_json(flags);
  identity.threads = flags.threads;
  identity.batch = settings.batch;
  identity.seed = settings.seed;
  nlohmann::json report = report_json(identity, protocol, result, data);
  if (o.sweep) report["sweep"] = sweep_kicks(o, loaded, controller, data);
  std::fputs(report_table(report).c_str(), stdout);
  write_reports(o, report, result);
  check_requirements(report, o.require);
}

std::string protocol_help() {
  std::string text = "Protocol:";
  for (const Protocol& p : all_protocols()) text += "\n  " + p.name + ": " + p.summary;
  return text;
}

}  // namespace

void add_eval_command(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto flags = std::make_shared<ControllerFlags>();
  CLI::App* command = app.add_subcommand("eval", "Measure a controller on a fixed protocol");
  command->add_option("protocol", o->protocol, protocol_help())->required();
  command->add_option("--episodes", o->run.episodes, "Episodes (default 100)")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--seed", o->run.seed, "Report on 0-999, tune on 1000-1999 (default 0)");
  command->add_option("--batch", o->run.batch, "Worlds planned for together (default 32)")
      ->check(CLI::Range(1, 4096));
  command->add_option("--workers", o->run.workers, "Simulation threads (default: --threads)");
  command->add_option("--first-batch", o->run.first_batch, "Shard: first batch");
  command->add_option("--batches", o->run.batches, "Shard: number of batches");
  command->add_option("--eval-data", o->eval_data, "Start states and motion statistics");
  command->add_option("--kick", o->kick, "Largest kick instead of the protocol's, m/s");
  command->add_flag("--sweep", o->sweep, "Also fall rates over the largest kick");
  command->add_option("--json", o->json, "Write the report as JSON");
  command->add_option("--csv", o->csv, "Write one row per episode");
  command->add_option("--html", o->html, "Write a page with plots");
  command->add_option("--require", o->require,
                      "Exit code 3 unless it holds, e.g. metrics.fall_rate.mean<=0.05");
  command->add_flag("--quiet", o->run.quiet, "No progress bar");
  add_controller_flags(command, flags);
  command->callback([o, flags] { run(*o, *flags); });
}

}  // namespace foresight
