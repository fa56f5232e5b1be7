#include "controller/protocols/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "controller/svg_plot.h"

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

int failures(const EvaluationResult& result) {
  int count = 0;
  for (const EpisodeResult& e : result.episodes) count += e.failed;
  return count;
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

void add_frechet(const EvaluationResult& result, const EvalData& data,
                 std::map<std::string, Estimate>& out) {
  if (data.feature_mean.size() == 0) return;
  GaussianFit all(static_cast<int>(data.feature_mean.size()));
  for (const EpisodeResult& e : result.episodes) all.add(e.features);
  if (all.count() < 2) return;
  const double distance = frechet_distance(data.feature_mean, data.feature_covariance, all.mean(),
                                           all.covariance(), data.feature_scale);
  out["frechet"] = {distance, distance, distance, 0};
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

std::string text(const char* format, double a, double b, double c) {
  char line[160];
  std::snprintf(line, sizeof(line), format, a, b, c);
  return line;
}

}  // namespace

std::map<std::string, Estimate> metrics_of(const Protocol& protocol, const EvaluationResult& result,
                                           const EvalData& data) {
  const int failed = failures(result), count = static_cast<int>(result.episodes.size());
  std::map<std::string, Estimate> out;
  out["fall_rate"] = wilson_rate(failed, count);
  out["success_rate"] = wilson_rate(count - failed, count);
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
  const double factor =
      result.wall_seconds > 0 ? result.character_seconds / result.wall_seconds : 0;
  const json cost = {{"network_calls", result.network_calls},
                     {"step_ms",
                      {{"p50", percentile(result.step_ms, 50)},
                       {"p95", percentile(result.step_ms, 95)},
                       {"p99", percentile(result.step_ms, 99)}}},
                     {"real_time_factor", factor}};
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
                 {"cost", cost}};
  if (protocol.measures_velocity) report["segments"] = segments_json(result);
  return report;
}

std::string report_csv(const EvaluationResult& result) {
  std::ostringstream out;
  out << "episode,seed,failed,reason,seconds,distance_m,mean_speed_mps,foot_slide_mps,jerk,power_"
         "w\n";
  for (const EpisodeResult& e : result.episodes) {
    out << e.index << ',' << e.seed << ',' << e.failed << ',' << e.reason << ',' << e.motion.seconds
        << ',' << e.motion.distance << ',' << e.motion.mean_speed << ',' << e.motion.foot_slide
        << ',' << e.motion.jerk << ',' << e.motion.power << '\n';
  }
  return out.str();
}

std::string report_html(const json& report, const EvaluationResult& result) {
  std::vector<PlotSeries> paths, alive{{"", {}}};
  for (const EpisodeResult& e : result.episodes) {
    if (paths.size() < 50) paths.push_back({"", e.path});
  }
  std::vector<double> ends;
  for (const EpisodeResult& e : result.episodes) {
    if (e.failed) ends.push_back(e.motion.seconds);
  }
  std::sort(ends.begin(), ends.end());
  const double count = std::max<double>(1, static_cast<double>(result.episodes.size()));
  alive[0].points.push_back({0, 100});
  for (std::size_t i = 0; i < ends.size(); ++i) {
    alive[0].points.push_back({ends[i], 100 * (1 - static_cast<double>(i + 1) / count)});
  }
  const std::string protocol = report.at("protocol");
  return html_page(
      "foresight eval " + protocol,
      "<pre>" + html_escape(report_table(report)) + "</pre>" +
          svg_plot(paths, {"paths from above", "x, m", "y, m", 760, 560, false, true}) +
          svg_plot(alive, {"still up", "seconds", "%", 560, 300}) + "<pre>" +
          html_escape(report.dump(2)) + "</pre>");
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
  const json& cost = report.at("cost");
  out << "  network calls " << cost.at("network_calls").get<double>()
      << text(", step p50 %.1f p95 %.1f p99 %.1f ms", cost.at("step_ms").at("p50"),
              cost.at("step_ms").at("p95"), cost.at("step_ms").at("p99"))
      << ", " << cost.at("real_time_factor").get<double>() << " x real time\n";
  return out.str();
}

}  // namespace foresight
