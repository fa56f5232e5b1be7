// foresight tune: sweeps one weight of a task on its protocol, on seeds kept for tuning.
#include <cmath>
#include <cstdio>

#include "controller/protocols/metrics.h"
#include "controller/svg_plot.h"
#include "controller/task_weights.h"
#include "sim/base/error.h"
#include "tools/commands.h"
#include "tools/evaluation_session.h"

namespace foresight {
namespace {

using nlohmann::json;

struct TuneFlags {
  std::string task, protocol, what = "scale", metric, out, write, eval_data;
  std::vector<double> values;
  EvaluationOptions run;

  /// Instead of a weight: how long kin+track follows a plan, control steps.
  bool over_replan() const { return what == "replan"; }
};

Protocol protocol_for(const TuneFlags& o) {
  if (!o.protocol.empty()) return find_protocol(o.protocol);
  find_task(o.task);
  for (const Protocol& p : all_protocols()) {
    if (p.task == o.task) return p;
  }
  throw InputError("no protocol measures the task \"" + o.task + "\"");
}

json with_value(json weights, const std::string& task, const std::string& what, double value) {
  json& entry = weights[task];
  if (what == "scale" || what == "trust" || what == "max_gain") {
    entry[what] = value;
  } else {
    entry["terms"][what] = value;
  }
  return weights;
}

struct Point {
  double value = 0;
  std::map<std::string, Estimate> metrics;
};

void write_curve(const TuneFlags& o, const RunIdentity& identity,
                 const std::vector<Point>& points) {
  if (o.out.empty()) return;
  json rows = json::array();
  PlotSeries metric{o.metric, {}}, falls{"fall_rate", {}};
  for (const Point& p : points) {
    json row = {{o.what, p.value}};
    for (const auto& [name, e] : p.metrics) row[name] = {e.mean, e.low, e.high};
    rows.push_back(row);
    metric.points.push_back({p.value, p.metrics.at(o.metric).mean});
    falls.points.push_back({p.value, p.metrics.at("fall_rate").mean});
  }
  json all = to_json(identity);
  all.update({{"task", o.task}, {"weight", o.what}, {"episodes", o.run.episodes}, {"curve", rows}});
  const fs::path out = o.out;
  if (out.has_parent_path()) fs::create_directories(out.parent_path());
  write_file(out.string() + ".json", all.dump(2) + "\n");
  write_file(out.string() + ".svg",
             svg_plot({metric, falls}, {identity.protocol + ": " + o.what, o.what, "", 640, 360}));
}

// Best by the metric; of equals the one with fewer falls.
const Point& best_of(const std::vector<Point>& points, const std::string& metric) {
  const bool rising = metric.find("success") != std::string::npos;
  const auto score = [&](const Point& p) {
    const double m = p.metrics.at(metric).mean;
    return std::make_pair(rising ? m : -m, -p.metrics.at("fall_rate").mean);
  };
  const Point* best = &points.front();
  for (const Point& p : points) {
    if (score(p) > score(*best)) best = &p;
  }
  return *best;
}

void store(const TuneFlags& o, const json& shipped, double value) {
  if (o.write.empty()) return;
  const json before = fs::exists(o.write) ? load_task_weights(o.write) : shipped;
  const json after = with_value(before, o.task, o.what, value);
  const fs::path file = o.write;
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  write_file(file, after.dump(2) + "\n");
}

void check_flags(const TuneFlags& o, const ControllerFlags& flags) {
  if (o.run.seed < 1000 || o.run.seed > 1999) {
    throw InputError("--seed: weights are tuned on seeds 1000 to 1999, reported on 0 to 999");
  }
  if (!o.over_replan()) return;
  if (flags.method != "kin+track") throw InputError("--what replan needs --method kin+track");
  if (!o.write.empty()) throw InputError("--write: replan is no weight of a task");
  for (const double value : o.values) {
    if (value != std::floor(value)) throw InputError("--values of replan are whole control steps");
  }
}

// Those of replan as far as the model's plans reach.
std::vector<double> default_values(const TuneFlags& o, const LookaheadModel& model) {
  std::vector<double> values{0.25, 0.5, 1, 2, 4};
  if (!o.over_replan()) return values;
  values = {1, 2, 4, 8, 16, 32};
  std::erase_if(values, [&](double v) { return v > model.config.future; });
  return values;
}

Point evaluate_at(double value, const TuneFlags& o, const ControllerFlags& flags,
                  const Protocol& protocol, EvaluationSession& session) {
  if (o.over_replan()) {
    session.tracker = make_tracker(flags, session.loaded, static_cast<int>(value));
  } else {
    session.settings.weights = with_value(session.loaded.weights, o.task, o.what, value);
  }
  return {value, metrics_of(protocol, session.evaluate_one(protocol), session.data)};
}

void tune(TuneFlags o, const ControllerFlags& flags) {
  check_flags(o, flags);
  const Protocol protocol = protocol_for(o);
  if (o.metric.empty()) o.metric = protocol.has_goal ? "success_rate" : "fall_rate";
  EvaluationSession session = make_session(flags, o.eval_data, o.run);
  if (o.values.empty()) o.values = default_values(o, *session.loaded.model);
  const RunIdentity identity = identity_of(session, flags, protocol.name,
                                           o.over_replan() ? flags.method : method_name(flags));
  std::vector<Point> points;
  for (const double value : o.values) {
    points.push_back(evaluate_at(value, o, flags, protocol, session));
    const auto& metrics = points.back().metrics;
    if (!metrics.contains(o.metric)) {
      throw InputError("--metric " + o.metric + ": the protocol does not measure it");
    }
    std::printf("%s %s=%g: %s %.3f [%.3f, %.3f], falls %.3f\n", protocol.name.c_str(),
                o.what.c_str(), value, o.metric.c_str(), metrics.at(o.metric).mean,
                metrics.at(o.metric).low, metrics.at(o.metric).high, metrics.at("fall_rate").mean);
    write_curve(o, identity, points);
  }
  const double best = best_of(points, o.metric).value;
  std::printf("best: %s=%g\n", o.what.c_str(), best);
  store(o, session.loaded.weights, best);
}

}  // namespace

void add_tune_command(Command& app) {
  auto o = std::make_shared<TuneFlags>();
  auto flags = std::make_shared<ControllerFlags>();
  o->run.episodes = 64;
  o->run.seed = 1000;
  o->run.workers = 0;
  Command* command = app.add_subcommand("tune", "Sweep a guidance weight of a task");
  command->add_option("task", o->task, "Task (see run --list-tasks)")->required();
  command->add_option("--protocol", o->protocol, "Protocol (default: the one of the task)");
  command->add_option(
      "--what", o->what,
      "scale (of all terms, default), trust, max_gain or the name of a term; replan: "
      "control steps per plan of kin+track");
  command->add_option("--values", o->values,
                      "Values to try (default 0.25 0.5 1 2 4; of replan 1 2 4 8 16 32)");
  command->add_option("--metric", o->metric, "Judged by (default success_rate or fall_rate)");
  command->add_option("--episodes", o->run.episodes, "Episodes per value (default 64)")
      ->check(in_range(1, 1000000));
  command->add_option("--seed", o->run.seed, "1000 to 1999 (default 1000)");
  command->add_option("--batch", o->run.batch, "Characters planned for together (default 32)")
      ->check(in_range(1, 4096));
  command->add_option("--out", o->out, "Write the curve as OUT.json and OUT.svg");
  command->add_option("--write", o->write, "Put the best value into this weights file");
  command->add_option("--eval-data", o->eval_data, "Start states, keyframes and statistics");
  command->add_flag("--quiet", o->run.quiet, "No progress bar");
  add_controller_flags(command, flags);
  command->callback([o, flags] { tune(*o, *flags); });
}

}  // namespace foresight
