// foresight eval: fixed protocols, many episodes, one report each.
#include <algorithm>
#include <cstdio>

#include "controller/control_settings.h"
#include "controller/expert/expert.h"
#include "controller/protocols/evaluation.h"
#include "controller/protocols/report.h"
#include "controller/protocols/shards.h"
#include "models/device.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/failure_clips.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

using nlohmann::json;

struct EvalFlags {
  std::string protocol, shard, out, json, csv, html, eval_data, rollouts;
  std::vector<std::string> files, require, exports;
  double kick = -1;
  int clips = 0;
  bool sweep = false;
  EvaluationOptions run;
};

/// Where the reports of one protocol go; empty paths are not written.
struct Paths {
  fs::path json, csv, html;
};

Paths paths_of(const EvalFlags& o, const std::string& protocol) {
  if (o.out.empty()) return {o.json, o.csv, o.html};
  const fs::path base = fs::path(o.out) / protocol;
  return {base.string() + ".json", base.string() + ".csv", base.string() + ".html"};
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d/%d%c", &shard.index, &shard.count, &rest) != 2) {
    throw InputError("--shard \"" + text + "\": expected I/N, for instance 0/4");
  }
  return shard;
}

Protocol adjusted(Protocol protocol, const EvalFlags& o) {
  if (o.kick >= 0) {
    protocol.kick = o.kick;
    protocol.name += "@kick=" + std::to_string(o.kick).substr(0, 4);
  }
  return protocol;
}

/// Everything that evaluations of one call share.
struct Session {
  LoadedController loaded;
  EvalData data;
  EvaluationOptions settings;
  LookaheadController controller;
  std::unique_ptr<PlanTracker> tracker;

  EvaluationResult evaluate_one(const Protocol& protocol) {
    return evaluate(protocol, loaded.character, controller, data, settings, tracker.get());
  }
};

std::unique_ptr<PlanTracker> tracker_of(const ControllerFlags& flags,
                                        const LoadedController& loaded) {
  if (flags.method != "kin+track") return {};
  const int future = loaded.model->config.future;
  if (flags.replan > future) {
    throw InputError("--replan " + std::to_string(flags.replan) + ": a plan has " +
                     std::to_string(future) + " control steps");
  }
  const fs::path shipped = assets_dir() / "checkpoints" / "expert.safetensors";
  const fs::path file = flags.expert.empty() ? shipped : fs::path(flags.expert);
  return std::make_unique<PlanTracker>(loaded.character, load_expert(file, *loaded.character),
                                       flags.replan);
}

Session make_session(const EvalFlags& o, const ControllerFlags& flags) {
  LoadedController loaded = load_controller(flags);
  EvalData data = load_starts(o.eval_data, *loaded.character);
  EvaluationOptions settings = o.run;
  settings.workers = o.run.workers > 0 ? o.run.workers : flags.threads;
  settings.shard = parse_shard(o.shard);
  settings.kept_frames = o.clips > 0 ? 150 : 0;
  settings.keep_rollouts = !o.rollouts.empty();
  settings.weights = loaded.weights;
  LookaheadController controller(loaded.character, loaded.model, loaded.options, settings.batch);
  auto tracker = tracker_of(flags, loaded);
  return {std::move(loaded), std::move(data), settings, std::move(controller), std::move(tracker)};
}

RunIdentity identity_of(const Session& s, const ControllerFlags& flags,
                        const std::string& protocol) {
  const std::string method =
      s.tracker ? flags.method + "@" + std::to_string(flags.replan) : flags.method;
  RunIdentity identity{protocol, method, s.loaded.model->sha256, s.data.sha256,
                       device_name(s.loaded.device)};
  identity.versions = versions_json();
  identity.options = to_json(s.loaded.options);
  identity.options["weights"] = s.loaded.weights;
  identity.threads = flags.threads;
  identity.batch = s.settings.batch;
  identity.seed = s.settings.seed;
  return identity;
}

// Fall rates with kicks of up to 0.25, 0.5 ... 1.5 m/s.
json sweep_kicks(Session& s, const std::string& name) {
  json rows = json::array();
  for (int i = 1; i <= 6; ++i) {
    Protocol protocol = find_protocol(name);
    protocol.kick = 0.25 * i;
    const Estimate falls = metrics_of(protocol, s.evaluate_one(protocol), s.data).at("fall_rate");
    std::printf("kicks up to %.2f m/s: %.1f %% fall\n", protocol.kick, 100 * falls.mean);
    rows.push_back(
        {{"kick_mps", protocol.kick},
         {"fall_rate", {{"mean", falls.mean}, {"low", falls.low}, {"high", falls.high}}}});
  }
  return rows;
}

void write_reports(const Paths& paths, const json& report, const EvaluationResult& result,
                   const std::vector<std::string>& clips) {
  for (const fs::path& p : {paths.json, paths.csv, paths.html}) {
    if (p.has_parent_path()) fs::create_directories(p.parent_path());
  }
  if (!paths.json.empty()) write_file(paths.json, report.dump(2) + "\n");
  if (!paths.csv.empty()) write_file(paths.csv, report_csv(result));
  if (!paths.html.empty()) write_file(paths.html, report_html(report, result, clips));
}

void write_rollouts(const fs::path& file, const Character& character,
                    const EvaluationResult& result) {
  RolloutSet all = make_rollout_set(character);
  for (const EpisodeResult& e : result.episodes) {
    append_stretch(all, e.rollout, 0, 0, static_cast<int>(e.rollout.steps()));
  }
  save_rollouts(file, all);
}

void write_shard(const EvalFlags& o, const RunIdentity& identity, EvaluationResult&& result) {
  const Shard shard = parse_shard(o.shard);
  fs::path file = o.json;
  if (!o.out.empty()) {
    file = fs::path(o.out) / (identity.protocol + "." + std::to_string(shard.index) + "of" +
                              std::to_string(shard.count) + ".shard.json");
  }
  if (file.empty()) throw InputError("--shard: say where to with --json FILE or --out FOLDER");
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  write_file(file, to_json(ShardFile{identity, o.run.episodes, std::move(result)}).dump() + "\n");
  std::printf("%s: join the shards with foresight eval merge\n", file.c_str());
}

void write_overview(const EvalFlags& o, const std::vector<json>& reports) {
  const std::string table = aims_table(reports);
  if (reports.size() > 1) std::printf("\n%s", table.c_str());
  if (!o.out.empty()) write_file(fs::path(o.out) / "table.md", table);
}

void run_protocols(const EvalFlags& o, const ControllerFlags& flags) {
  const std::vector<Protocol> protocols = protocols_named(o.protocol);
  if (protocols.size() > 1 && o.out.empty()) {
    throw InputError("several protocols at once need --out FOLDER for their reports");
  }
  if (protocols.size() > 1 && !o.rollouts.empty()) {
    throw InputError("--rollouts: one protocol at a time");
  }
  const std::vector<std::string> formats =
      o.exports.empty() ? std::vector<std::string>{"mp4"} : o.exports;
  const bool films = std::find(formats.begin(), formats.end(), "mp4") != formats.end();
  if (o.clips > 0 && films) check_video("the film of a failure", 640, 360);
  Session session = make_session(o, flags);
  std::vector<json> reports;
  for (const Protocol& chosen : protocols) {
    const Protocol protocol = adjusted(chosen, o);
    EvaluationResult result = session.evaluate_one(protocol);
    if (!o.rollouts.empty()) write_rollouts(o.rollouts, *session.loaded.character, result);
    const RunIdentity identity = identity_of(session, flags, protocol.name);
    if (!o.shard.empty()) {
      write_shard(o, identity, std::move(result));
      continue;
    }
    json report = report_json(identity, protocol, result, session.data);
    if (o.sweep) report["sweep"] = sweep_kicks(session, chosen.name);
    std::fputs(report_table(report).c_str(), stdout);
    const Paths paths = paths_of(o, protocol.name);
    std::vector<std::string> clips;
    if (o.clips > 0) {
      clips = export_failures(session.loaded.character, result, o.clips, formats, paths.html);
    }
    write_reports(paths, report, result, clips);
    reports.push_back(std::move(report));
  }
  if (!reports.empty()) write_overview(o, reports);
  for (const json& report : reports) check_requirements(report, o.require);
}

void merge(const EvalFlags& o, const ControllerFlags& flags) {
  if (o.files.empty()) throw InputError("eval merge: name the shard files");
  const auto character =
      flags.character.empty() ? default_character() : load_character(flags.character);
  const EvalData data = load_starts(o.eval_data, *character);
  std::map<std::string, std::vector<ShardFile>> groups;
  for (const std::string& file : o.files) {
    const json j = json::parse(read_file(file), nullptr, false);
    ShardFile shard = shard_from_json(j, file);
    groups[shard.identity.protocol + " " + shard.identity.method].push_back(std::move(shard));
  }
  if (groups.size() > 1 && o.out.empty()) {
    throw InputError("shards of several protocols or methods need --out FOLDER");
  }
  std::vector<json> reports;
  for (auto& [name, shards] : groups) {
    const ShardFile whole = merge_shards(std::move(shards));
    const std::string base = whole.identity.protocol.substr(0, whole.identity.protocol.find('@'));
    if (whole.identity.eval_data_sha256 != data.sha256) {
      throw InputError("the shards were made with other evaluation data; give it with --eval-data");
    }
    json report = report_json(whole.identity, find_protocol(base), whole.result, data);
    std::fputs(report_table(report).c_str(), stdout);
    write_reports(paths_of(o, whole.identity.protocol), report, whole.result, {});
    reports.push_back(std::move(report));
  }
  write_overview(o, reports);
  for (const json& report : reports) check_requirements(report, o.require);
}

std::string protocol_help() {
  std::string text =
      "all, merge (joins the shard files named after it) or a protocol ('inbetween' is all three):";
  for (const Protocol& p : all_protocols()) text += "\n  " + p.name + ": " + p.summary;
  return text;
}

void add_output_options(Command& command, const std::shared_ptr<EvalFlags>& o) {
  command.add_option("--out", o->out, "Folder for JSON, CSV and HTML reports and table.md");
  command.add_option("--json", o->json, "Write the report (of one protocol) as JSON");
  command.add_option("--csv", o->csv, "Write one row per episode");
  command.add_option("--html", o->html, "Write a page with plots and paths from above");
  command.add_option("--rollouts", o->rollouts,
                     "Write what the character did, for foresight collect --visited");
  command
      .add_option("--clips", o->clips,
                  "Film the last 5 s of so many failures (needs the ffmpeg program)")
      ->check(in_range(0, 1000));
  command
      .add_option("--export", o->exports,
                  "Formats of --clips instead of mp4, e.g. --export mp4 --export bvh")
      ->check(one_of({"bvh", "glb", "npz", "csv", "usda", "mjcf", "mp4"}));
  command.add_option("--require", o->require,
                     "Exit code 3 unless it holds, e.g. metrics.fall_rate.mean<=0.05");
}

}  // namespace

void add_eval_command(Command& app) {
  auto o = std::make_shared<EvalFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  o->run.workers = 0;
  Command* command = app.add_subcommand("eval", "Measure a controller on fixed protocols");
  command->add_option("protocol", o->protocol, protocol_help())->required();
  command->add_option("files", o->files, "Shard files, for merge");
  command->add_option("--episodes", o->run.episodes, "Episodes (default 100)")
      ->check(in_range(1, 1000000));
  command->add_option("--seed", o->run.seed, "Report on 0-999, tune on 1000-1999 (default 0)");
  command->add_option("--batch", o->run.batch, "Characters planned for together (default 32)")
      ->check(in_range(1, 4096));
  command->add_option("--workers", o->run.workers, "Simulation threads (default: --threads)")
      ->check(in_range(0, 256));
  command->add_option("--shard", o->shard, "Only part I/N of the batches, I from 0");
  command->add_option("--eval-data", o->eval_data, "Start states, keyframes and statistics");
  command->add_option("--kick", o->kick, "Largest kick instead of the protocol's, m/s");
  command->add_flag("--sweep", o->sweep, "Also fall rates over the largest kick");
  command->add_flag("--quiet", o->run.quiet, "No progress bar");
  add_output_options(*command, o);
  add_controller_flags(command, flags);
  command->callback([o, flags] {
    if (o->protocol == "merge") {
      merge(*o, *flags);
    } else {
      run_protocols(*o, *flags);
    }
  });
}

}  // namespace foresight
