#include "controller/protocols/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <sstream>

#include "controller/protocols/report_page.h"

namespace foresight {
namespace {

using nlohmann::json;

std::vector<double> collect(const EvaluationResult& result, double MotionSummary::*field) {
  std::vector<double> values;
  for (const EpisodeResult& e : result.episodes) {
    if (e.motion.seconds > 0) values.push_back(e.motion.*field);
  }
  return values;
}

void add_velocity_metrics(const EvaluationResult& result, std::map<std::string, Estimate>& out) {
  std::vector<double> absolute, relative, stop;
  for (const EpisodeResult& e : result.episodes) {
    for (const SegmentResult& s : e.segments) {
      const Eigen::Vector2d command(s.command.forward, s.command.left);
      if (command.norm() == 0) {
        stop.push_back(s.mean_velocity.norm());
        continue;
      }
      const double error = (s.mean_velocity - command).norm();
      absolute.push_back(error);
      relative.push_back(error / command.norm());
    }
  }
  out["velocity_error_mps"] = mean_estimate(absolute);
  out["velocity_error_rel"] = mean_estimate(relative);
  if (!stop.empty()) out["stop_speed_mps"] = mean_estimate(stop);
}

double measure(const EpisodeResult& e, const std::string& name) {
  const auto found = e.measures.find(name);
  return found == e.measures.end() ? 0 : found->second;
}

void add_rates(const EvaluationResult& result, std::map<std::string, Estimate>& out) {
  int fell = 0, success = 0, clean = 0, goals = 0, reached = 0;
  bool knows_clean = false;
  for (const EpisodeResult& e : result.episodes) {
    fell += e.fell;
    success += e.success;
    clean += e.success && measure(e, "clean") > 0;
    knows_clean = knows_clean || e.measures.contains("clean");
    goals += static_cast<int>(measure(e, "goals"));
    reached += static_cast<int>(measure(e, "goals_reached"));
  }
  const int count = static_cast<int>(result.episodes.size());
  out["fall_rate"] = wilson_rate(fell, count);
  out["success_rate"] = goals > 0 ? wilson_rate(reached, goals) : wilson_rate(success, count);
  if (goals > 0) out["all_goals_rate"] = wilson_rate(success, count);
  if (knows_clean) out["clean_success_rate"] = wilson_rate(clean, count);
}

void add_measures(const EvaluationResult& result, std::map<std::string, Estimate>& out) {
  static const std::set<std::string> counted{"clean", "goals", "goals_reached"};
  std::map<std::string, std::vector<double>> values;
  for (const EpisodeResult& e : result.episodes) {
    for (const auto& [name, value] : e.measures) {
      if (!counted.contains(name)) values[name].push_back(value);
    }
  }
  for (const auto& [name, list] : values) out[name] = mean_estimate(list);
}

// Features are summed within batches first and then over batches, so that shards add up exactly.
void add_frechet(const EvaluationResult& result, const EvalData& data,
                 std::map<std::string, Estimate>& out) {
  if (data.feature_mean.size() == 0) return;
  GaussianFit all(static_cast<int>(data.feature_mean.size()));
  for (const BatchResult& b : result.batches) all.add(b.features);
  if (all.count() < 2) return;
  const double distance = frechet_distance(data.feature_mean, data.feature_covariance, all.mean(),
                                           all.covariance(), data.feature_scale);
  if (std::isfinite(distance)) out["frechet"] = {distance, distance, distance, 0};
}

json to_json(const Estimate& e) {
  json out = {{"mean", e.mean}, {"low", e.low}, {"high", e.high}};
  if (e.std > 0) out["std"] = e.std;
  return out;
}

json segments_json(const EvaluationResult& result) {
  std::map<std::array<double, 3>, std::vector<Eigen::Vector2d>> by_command;
  for (const EpisodeResult& e : result.episodes) {
    for (const SegmentResult& s : e.segments) {
      by_command[{s.command.forward, s.command.left, s.command.turn_rate}].push_back(
          s.mean_velocity);
    }
  }
  json out = json::array();
  for (const auto& [command, velocities] : by_command) {
    Eigen::Vector2d mean = Eigen::Vector2d::Zero();
    double error = 0;
    for (const auto& v : velocities) {
      mean += v / static_cast<double>(velocities.size());
      error += (v - Eigen::Vector2d(command[0], command[1])).norm() /
               static_cast<double>(velocities.size());
    }
    out.push_back({{"command", command},
                   {"count", velocities.size()},
                   {"mean_velocity_mps", {mean.x(), mean.y()}},
                   {"error_mps", error}});
  }
  return out;
}

json cost_json(const EvaluationResult& result) {
  const double factor =
      result.wall_seconds > 0 ? result.character_seconds / result.wall_seconds : 0;
  const double steps = std::max<double>(1, static_cast<double>(result.step_ms.size()));
  return {{"network_calls", result.network_calls / steps},
          {"step_ms",
           {{"p50", percentile(result.step_ms, 50)},
            {"p95", percentile(result.step_ms, 95)},
            {"p99", percentile(result.step_ms, 99)}}},
          {"real_time_factor", factor}};
}

json reasons_json(const EvaluationResult& result) {
  std::map<std::string, int> reasons;
  for (const EpisodeResult& e : result.episodes) {
    if (!e.reason.empty()) ++reasons[e.reason];
  }
  return reasons;
}

std::string text(const char* format, double a, double b, double c) {
  char line[160];
  std::snprintf(line, sizeof(line), format, a, b, c);
  return line;
}

std::string aim_row(const json& report, const Aim& aim) {
  const json& metrics = report.at("metrics");
  std::string row = "| " + report.at("protocol").get<std::string>() + " | " +
                    report.at("method").get<std::string>() + " | " + aim.metric + " | ";
  if (!metrics.contains(aim.metric)) return row + "- | - | - | " + aim.paper + " |\n";
  const json& m = metrics[aim.metric];
  const double mean = m.at("mean");
  row += text("%.3f [%.3f, %.3f] | ", mean, m.at("low"), m.at("high"));
  if (aim.value == 0) return row + "- | - | " + aim.paper + " |\n";
  const bool met = aim.at_most ? mean <= aim.value : mean >= aim.value;
  return row + (aim.at_most ? "<= " : ">= ") + text("%.2f", aim.value, 0, 0) + " | " +
         (met ? "yes" : "no") + " | " + aim.paper + " |\n";
}

}  // namespace

std::map<std::string, Estimate> metrics_of(const Protocol& protocol, const EvaluationResult& result,
                                           const EvalData& data) {
  std::map<std::string, Estimate> out;
  add_rates(result, out);
  add_measures(result, out);
  if (protocol.measures_velocity) add_velocity_metrics(result, out);
  out["foot_slide_mps"] = mean_estimate(collect(result, &MotionSummary::foot_slide));
  out["jerk"] = mean_estimate(collect(result, &MotionSummary::jerk));
  out["power_w"] = mean_estimate(collect(result, &MotionSummary::power));
  out["mean_speed_mps"] = mean_estimate(collect(result, &MotionSummary::mean_speed));
  add_frechet(result, data, out);
  return out;
}

json report_json(const RunIdentity& id, const Protocol& protocol, const EvaluationResult& result,
                 const EvalData& data) {
  json metrics = json::object();
  for (const auto& [name, estimate] : metrics_of(protocol, result, data)) {
    metrics[name] = to_json(estimate);
  }
  json report = {{"protocol", id.protocol},
                 {"method", id.method},
                 {"checkpoint_sha256", id.checkpoint_sha256},
                 {"eval_data_sha256", id.eval_data_sha256},
                 {"versions", id.versions},
                 {"options", id.options},
                 {"device", id.device},
                 {"threads", id.threads},
                 {"batch", id.batch},
                 {"seed", id.seed},
                 {"episodes", result.episodes.size()},
                 {"metrics", metrics},
                 {"failures", reasons_json(result)},
                 {"cost", cost_json(result)}};
  if (protocol.measures_velocity) report["segments"] = segments_json(result);
  return report;
}

std::string report_csv(const EvaluationResult& result) {
  std::set<std::string> names;
  for (const EpisodeResult& e : result.episodes) {
    for (const auto& [name, value] : e.measures) names.insert(name);
  }
  std::ostringstream out;
  out << "episode,seed,fell,success,reason,seconds,distance_m,mean_speed_mps,foot_slide_mps,jerk,"
         "power_w";
  for (const std::string& name : names) out << ',' << name;
  out << '\n';
  for (const EpisodeResult& e : result.episodes) {
    const MotionSummary& m = e.motion;
    out << e.index << ',' << e.seed << ',' << e.fell << ',' << e.success << ',' << e.reason << ','
        << m.seconds << ',' << m.distance << ',' << m.mean_speed << ',' << m.foot_slide << ','
        << m.jerk << ',' << m.power;
    for (const std::string& name : names) {
      out << ',';
      if (e.measures.contains(name)) out << e.measures.at(name);
    }
    out << '\n';
  }
  return out.str();
}

std::string report_html(const json& report, const EvaluationResult& result,
                        const std::vector<std::string>& clips) {
  return report_page(report, report_table(report), result, clips);
}

std::string report_table(const json& report) {
  std::ostringstream out;
  out << report.at("protocol").get<std::string>() << ", " << report.at("method").get<std::string>()
      << ", " << report.at("episodes") << " episodes, seed " << report.at("seed") << "\n";
  for (const auto& [name, value] : report.at("metrics").items()) {
    char label[32];
    std::snprintf(label, sizeof(label), "  %-20s", name.c_str());
    out << label
        << text("%9.4f  [%.4f, %.4f]\n", value.at("mean"), value.at("low"), value.at("high"));
  }
  for (const auto& [reason, count] : report.at("failures").items()) {
    out << "  " << count << " x " << reason << "\n";
  }
  const json& cost = report.at("cost");
  out << "  network calls " << cost.at("network_calls").get<double>()
      << text(", step p50 %.1f p95 %.1f p99 %.1f ms", cost.at("step_ms").at("p50"),
              cost.at("step_ms").at("p95"), cost.at("step_ms").at("p99"))
      << ", " << cost.at("real_time_factor").get<double>() << " x real time\n";
  return out.str();
}

std::string aims_table(const std::vector<json>& reports) {
  std::string out =
      "| protocol | method | metric | value [95 %] | aim | met | paper |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const json& report : reports) {
    for (const Protocol& protocol : all_protocols()) {
      if (protocol.name != report.at("protocol")) continue;
      for (const Aim& aim : protocol.aims) out += aim_row(report, aim);
    }
  }
  return out;
}

}  // namespace foresight
