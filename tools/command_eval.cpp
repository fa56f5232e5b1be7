// foresight eval: fixed protocols, many episodes, one report each.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>

#include "controller/protocols/metrics.h"
#include "controller/protocols/report_tables.h"
#include "controller/protocols/shards.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/evaluation_session.h"
#include "tools/failure_clips.h"
#include "tools/report_files.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

using nlohmann::json;

struct EvalFlags {
  std::string protocol, label, shard, out, json, csv, html, eval_data, rollouts;
  std::vector<std::string> files, require, exports;
  double kick = -1;
  int clips = 0;
  bool sweep = false;
  EvaluationOptions run;
};

ReportPaths paths_of(const EvalFlags& o, const std::string& protocol, const std::string& method) {
  ReportPaths paths{o.json, o.csv, o.html};
  if (o.out.empty()) return paths;
  const std::string base = (fs::path(o.out) / report_name(protocol, method)).string();
  if (o.json.empty()) paths.json = base + ".json";
  if (o.csv.empty()) paths.csv = base + ".csv";
  if (o.html.empty()) paths.html = base + ".html";
  return paths;
}

// What was given of the flags that `where` cannot do anything with.
void refuse(const EvalFlags& o, const std::string& where, const std::vector<std::string>& flags) {
  const std::map<std::string, bool> given{
      {"--shard", !o.shard.empty()},     {"--rollouts", !o.rollouts.empty()},
      {"--require", !o.require.empty()}, {"--clips", o.clips > 0},
      {"--export", !o.exports.empty()},  {"--sweep", o.sweep},
      {"--label", !o.label.empty()},     {"--kick", o.kick >= 0},
      {"--json", !o.json.empty()},       {"--csv", !o.csv.empty()},
      {"--html", !o.html.empty()},       {"files", !o.files.empty()}};
  for (const std::string& flag : flags) {
    if (given.at(flag)) throw InputError(where + " takes no " + flag);
  }
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

Check plain_name() {
  return {"letters, digits, - and _", [](const std::string& text) {
            return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
              return std::isalnum(c) != 0 || c == '-' || c == '_';
            });
          }};
}

Protocol adjusted(Protocol protocol, const EvalFlags& o) {
  if (o.kick >= 0) {
    protocol.kick = o.kick;
    protocol.name += "@kick=" + std::to_string(o.kick).substr(0, 4);
  }
  return protocol;
}

EvaluationOptions settings_of(const EvalFlags& o) {
  EvaluationOptions settings = o.run;
  settings.shard = parse_shard(o.shard);
  settings.kept_frames = o.clips > 0 ? 150 : 0;
  settings.keep_rollouts = !o.rollouts.empty();
  return settings;
}

// Fall rates with kicks of up to 0.25, 0.5 ... 1.5 m/s.
json sweep_kicks(EvaluationSession& s, const std::string& name) {
  json rows = json::array();
  for (int i = 1; i <= 6; ++i) {
    Protocol protocol = find_protocol(name);
    protocol.kick = 0.25 * i;
    const Estimate falls = metrics_of(protocol, s.evaluate_one(protocol), s.data).at("fall_rate");
    std::printf("kicks up to %.2f m/s: %.1f %% fall\n", protocol.kick, 100 * falls.mean);
    rows.push_back({{"kick_mps", protocol.kick}, {"fall_rate", to_json(falls)}});
  }
  return rows;
}

void write_shard(const EvalFlags& o, const RunIdentity& identity, EvaluationResult&& result) {
  const Shard shard = parse_shard(o.shard);
  fs::path file = o.json;
  if (!o.out.empty()) {
    file = fs::path(o.out) /
           (report_name(identity.protocol, identity.method) + "." + std::to_string(shard.index) +
            "of" + std::to_string(shard.count) + ".shard.json");
  }
  if (file.empty()) throw InputError("--shard: say where to with --json FILE or --out FOLDER");
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  write_file(file, to_json(ShardFile{identity, o.run.episodes, std::move(result)}).dump() + "\n");
  std::printf("%s: join the shards with foresight eval merge\n", file.c_str());
}

// One report needs no table, and must not replace that of many.
void write_overview(const EvalFlags& o, const std::vector<json>& reports) {
  if (reports.size() < 2) return;
  const std::string table = aims_table(reports), method = reports.front().at("method");
  std::printf("\n%s", table.c_str());
  const bool one_method = std::all_of(reports.begin(), reports.end(),
                                      [&](const json& r) { return r.at("method") == method; });
  const std::string name = report_name("table", one_method ? method : "lookahead");
  if (!o.out.empty()) write_file(fs::path(o.out) / (name + ".md"), table);
}

std::vector<std::string> clip_formats(const EvalFlags& o) {
  const std::vector<std::string> formats =
      o.exports.empty() ? std::vector<std::string>{"mp4"} : o.exports;
  const bool films = std::find(formats.begin(), formats.end(), "mp4") != formats.end();
  if (o.clips > 0 && films) check_video("the film of a failure", 640, 360);
  return formats;
}

void check_flags(const EvalFlags& o, const std::vector<Protocol>& protocols) {
  refuse(o, "a protocol", {"files"});
  if (!o.shard.empty()) {
    refuse(o, "--shard (it writes what foresight eval merge makes reports of)",
           {"--rollouts", "--require", "--clips", "--export", "--sweep", "--csv", "--html"});
  }
  if (protocols.size() > 1) {
    refuse(o, "a run of several protocols", {"--rollouts", "--json", "--csv", "--html"});
    if (o.out.empty()) {
      throw InputError("several protocols at once need --out FOLDER for their reports");
    }
  }
}

json report_of(EvaluationSession& session, const EvalFlags& o, const RunIdentity& identity,
               const Protocol& protocol, const EvaluationResult& result) {
  json report = report_json(identity, protocol, result, session.data);
  if (o.sweep) report["sweep"] = sweep_kicks(session, base_name(protocol.name));
  std::fputs(report_table(report).c_str(), stdout);
  return report;
}

void run_protocols(const EvalFlags& o, const ControllerFlags& flags) {
  const std::vector<Protocol> protocols = protocols_named(o.protocol);
  check_flags(o, protocols);
  const std::vector<std::string> formats = clip_formats(o);
  EvaluationSession session = make_session(flags, o.eval_data, settings_of(o));
  const std::string method = method_name(flags, o.label);
  std::vector<json> reports;
  for (const Protocol& chosen : protocols) {
    const Protocol protocol = adjusted(chosen, o);
    EvaluationResult result = session.evaluate_one(protocol);
    if (!o.rollouts.empty()) {
      const double before_fall = session.tracker ? kUnlearntBeforeFall : 0;
      save_rollouts(o.rollouts, kept_rollouts(*session.loaded.character, result, before_fall));
    }
    const RunIdentity identity = identity_of(session, flags, protocol.name, method);
    if (!o.shard.empty()) {
      write_shard(o, identity, std::move(result));
      continue;
    }
    reports.push_back(report_of(session, o, identity, protocol, result));
    const ReportPaths paths = paths_of(o, protocol.name, method);
    std::vector<std::string> clips;
    if (o.clips > 0) {
      clips = export_failures(session.loaded.character, result, o.clips, formats, paths.html);
    }
    write_reports(paths, reports.back(), result, clips);
  }
  write_overview(o, reports);
  for (const json& report : reports) check_requirements(report, o.require);
}

// Shards by what they are parts of.
std::map<std::string, std::vector<ShardFile>> read_shards(const std::vector<std::string>& files) {
  std::map<std::string, std::vector<ShardFile>> groups;
  for (const std::string& file : files) {
    const json j = json::parse(read_file(file), nullptr, false);
    ShardFile shard = shard_from_json(j, file);
    groups[shard.identity.protocol + " " + shard.identity.method].push_back(std::move(shard));
  }
  return groups;
}

void merge(const EvalFlags& o, const ControllerFlags& flags) {
  if (o.files.empty()) throw InputError("eval merge: name the shard files");
  refuse(o, "eval merge",
         {"--shard", "--rollouts", "--clips", "--export", "--sweep", "--kick", "--label"});
  const auto character =
      flags.character.empty() ? default_character() : load_character(flags.character);
  const EvalData data = load_starts(o.eval_data, *character);
  auto groups = read_shards(o.files);
  if (groups.size() > 1) {
    refuse(o, "a merge of several protocols or methods", {"--json", "--csv", "--html"});
    if (o.out.empty()) {
      throw InputError("shards of several protocols or methods need --out FOLDER");
    }
  }
  std::vector<json> reports;
  for (auto& [name, shards] : groups) {
    const ShardFile whole = merge_shards(std::move(shards));
    const RunIdentity& id = whole.identity;
    if (id.eval_data_sha256 != data.sha256) {
      throw InputError("the shards were made with other evaluation data; give it with --eval-data");
    }
    const Protocol& protocol = find_protocol(base_name(id.protocol));
    reports.push_back(report_json(id, protocol, whole.result, data));
    std::fputs(report_table(reports.back()).c_str(), stdout);
    write_reports(paths_of(o, id.protocol, id.method), reports.back(), whole.result, {});
  }
  write_overview(o, reports);
  for (const json& report : reports) check_requirements(report, o.require);
}

void compare(const EvalFlags& o) {
  refuse(o, "eval table",
         {"--shard", "--rollouts", "--require", "--clips", "--export", "--sweep", "--kick",
          "--label", "--json", "--csv", "--html"});
  const std::string table = comparison_table(read_reports(o.files));
  std::fputs(table.c_str(), stdout);
  if (o.out.empty()) return;
  fs::create_directories(o.out);
  write_file(fs::path(o.out) / "comparison.md", table);
}

std::string protocol_help() {
  std::string text =
      "all, merge (joins the shard files named after it), table (reports or folders of them as one "
      "table, methods side by side) or a protocol ('inbetween' is all three):";
  for (const Protocol& p : all_protocols()) text += "\n  " + p.name + ": " + p.summary;
  return text;
}

void add_output_options(Command& command, const std::shared_ptr<EvalFlags>& o) {
  command.add_option("--out", o->out,
                     "Folder for JSON, CSV and HTML reports; table.md of several protocols");
  command.add_option("--json", o->json, "Write the report (of one protocol) as JSON");
  command.add_option("--csv", o->csv, "Write one row per episode");
  command.add_option("--html", o->html, "Write a page with plots and paths from above");
  command.add_option("--rollouts", o->rollouts,
                     "Write what the character did, for foresight collect --visited; of kin+track "
                     "without the last 2 s before a fall, also for foresight train lookahead");
  command
      .add_option("--clips", o->clips,
                  "Film the last 5 s of so many failures (needs the ffmpeg program)")
      ->check(in_range(0, 1000));
  command
      .add_option("--export", o->exports,
                  "Formats of --clips instead of mp4, e.g. --export mp4 --export bvh")
      ->check(one_of({"bvh", "glb", "npz", "csv", "usda", "mjcf", "mp4"}));
  add_require_flag(&command, o->require, "metrics.fall_rate.mean<=0.05");
}

}  // namespace

void add_eval_command(Command& app) {
  auto o = std::make_shared<EvalFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  o->run.workers = 0;
  Command* command = app.add_subcommand("eval", "Measure a controller on fixed protocols");
  command->add_option("protocol", o->protocol, protocol_help())->required();
  command->add_option("files", o->files, "Shard files, for merge; reports or folders, for table");
  command->add_option("--episodes", o->run.episodes, "Episodes (default 100)")
      ->check(in_range(1, 1000000));
  command->add_option("--seed", o->run.seed, "Report on 0-999, tune on 1000-1999 (default 0)");
  command->add_option("--batch", o->run.batch, "Characters planned for together (default 32)")
      ->check(in_range(1, 4096));
  command->add_option("--workers", o->run.workers, "Simulation threads (default: --threads)")
      ->check(in_range(0, 256));
  command->add_option("--shard", o->shard, "Only part I/N of the batches, I from 0");
  command->add_option("--eval-data", o->eval_data, "Start states, keyframes and statistics");
  command
      ->add_option("--label", o->label,
                   "Name of what was changed, for reports and tables: the method is called "
                   "lookahead:NAME")
      ->check(plain_name());
  command->add_option("--kick", o->kick, "Largest kick instead of the protocol's, m/s");
  command->add_flag("--sweep", o->sweep, "Also fall rates over the largest kick");
  command->add_flag("--quiet", o->run.quiet, "No progress bar");
  add_output_options(*command, o);
  add_controller_flags(command, flags);
  command->callback([o, flags] {
    if (o->protocol == "merge") {
      merge(*o, *flags);
    } else if (o->protocol == "table") {
      compare(*o);
    } else {
      run_protocols(*o, *flags);
    }
  });
}

}  // namespace foresight
