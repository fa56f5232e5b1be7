#include "controller/protocols/report.h"

#include <cstdio>
#include <set>
#include <sstream>

#include "controller/protocols/metrics.h"
#include "controller/protocols/report_page.h"

namespace foresight {
namespace {

using nlohmann::json;

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

}  // namespace

json to_json(const RunIdentity& id) {
  return {{"protocol", id.protocol},
          {"method", id.method},
          {"checkpoint_sha256", id.checkpoint_sha256},
          {"eval_data_sha256", id.eval_data_sha256},
          {"device", id.device},
          {"versions", id.versions},
          {"options", id.options},
          {"threads", id.threads},
          {"batch", id.batch},
          {"seed", id.seed}};
}

json report_json(const RunIdentity& id, const Protocol& protocol, const EvaluationResult& result,
                 const EvalData& data) {
  json metrics = json::object();
  for (const auto& [name, estimate] : metrics_of(protocol, result, data)) {
    metrics[name] = to_json(estimate);
  }
  json report = to_json(id);
  report.update({{"episodes", result.episodes.size()},
                 {"metrics", metrics},
                 {"failures", reasons_json(result)},
                 {"cost", cost_json(result)}});
  if (protocol.velocity_group) report["segments"] = segments_json(result);
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
    std::snprintf(label, sizeof(label), "  %-26s", name.c_str());
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

}  // namespace foresight
