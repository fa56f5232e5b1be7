#include "controller/protocols/report_page.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "controller/protocols/metrics.h"
#include "controller/svg_plot.h"

namespace foresight {
namespace {

constexpr std::size_t kTogether = 50, kSingly = 12;  // paths in one plot, plots of one episode
constexpr int kBins = 20;                            // of a histogram

PlotSeries outline(const SceneObject& o) {
  PlotSeries s;
  s.colour = o.collides ? "#9a9a9a" : "#3a9a5b";
  if (o.shape == SceneObject::Shape::kBox) {
    const double c = std::cos(o.yaw), n = std::sin(o.yaw);
    for (const auto& [x, y] : {std::array{1.0, 1.0}, std::array{-1.0, 1.0}, std::array{-1.0, -1.0},
                               std::array{1.0, -1.0}, std::array{1.0, 1.0}}) {
      const double u = x * o.size.x(), v = y * o.size.y();
      s.points.push_back({o.position.x() + c * u - n * v, o.position.y() + n * u + c * v});
    }
    return s;
  }
  for (int i = 0; i <= 24; ++i) {
    const double a = 2 * std::numbers::pi * i / 24;
    s.points.push_back(
        {o.position.x() + o.size.x() * std::cos(a), o.position.y() + o.size.x() * std::sin(a)});
  }
  return s;
}

std::string episode_plot(const EpisodeResult& e) {
  std::vector<PlotSeries> series;
  for (const SceneObject& o : e.scene.objects) series.push_back(outline(o));
  for (const auto& path : e.paths) series.push_back({"", drawn_path(path), ""});
  const std::string how = e.success ? "done" : e.reason;
  return svg_plot(series, {"episode " + std::to_string(e.index) + ": " + how, "x, m", "y, m", 460,
                           340, false, true});
}

// Bare floors share one plot; where things stand in the way every episode has its own, failures
// first.
std::string path_plots(const EvaluationResult& result) {
  std::vector<const EpisodeResult*> order;
  for (const EpisodeResult& e : result.episodes) order.push_back(&e);
  const bool bare = std::all_of(order.begin(), order.end(), [](const EpisodeResult* e) {
    return e->scene.objects.empty() && e->scene.characters == 1;
  });
  if (bare) {
    std::vector<PlotSeries> paths;
    for (const EpisodeResult* e : order) {
      if (paths.size() < kTogether) paths.push_back({"", drawn_path(e->paths.at(0)), ""});
    }
    return svg_plot(paths, {"paths from above", "x, m", "y, m", 760, 560, false, true});
  }
  std::stable_sort(order.begin(), order.end(), [](const EpisodeResult* a, const EpisodeResult* b) {
    return !a->success && b->success;
  });
  std::string out;
  for (std::size_t i = 0; i < std::min(kSingly, order.size()); ++i) out += episode_plot(*order[i]);
  return out;
}

std::string survival_plot(const EvaluationResult& result) {
  std::vector<double> ends;
  for (const EpisodeResult& e : result.episodes) {
    if (e.fell) ends.push_back(e.motion.seconds);
  }
  std::sort(ends.begin(), ends.end());
  const double count = std::max<double>(1, static_cast<double>(result.episodes.size()));
  PlotSeries alive{"", {{0, 100}}, ""};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    alive.points.push_back({ends[i], 100 * (1 - static_cast<double>(i) / count)});
    alive.points.push_back({ends[i], 100 * (1 - static_cast<double>(i + 1) / count)});
  }
  return svg_plot({alive}, {"still up", "seconds", "%", 560, 300});
}

// Bars over kBins equal parts of the range.
std::string histogram(const std::string& name, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = (*high - *low) / kBins;
  std::array<int, kBins> counts{};
  for (const double v : values) {
    ++counts[std::min(kBins - 1, static_cast<int>((v - *low) / width))];
  }
  PlotSeries bars{"", {{*low, 0}}, ""};
  for (int i = 0; i < kBins; ++i) {
    const double left = *low + i * width, count = counts[i];
    for (const auto& p : {std::array{left, count}, std::array{left + width, count},
                          std::array{left + width, 0.0}}) {
      bars.points.push_back(p);
    }
  }
  return svg_plot({bars}, {name, name, "episodes", 460, 260});
}

// Of what the protocol measures beside the quality of motion; a number that only tells yes from no
// stands in the table.
std::string histograms(const Protocol& protocol, const EvaluationResult& result) {
  static const std::set<std::string> left_out{"foot_slide_mps", "jerk", "power_w", "mean_speed_mps",
                                              "velocity_error_mps"};
  std::string out;
  for (const auto& [name, values] : episode_values(protocol, result)) {
    const std::set<double> different(values.begin(), values.end());
    if (different.size() > 2 && !left_out.contains(name)) out += histogram(name, values);
  }
  return out;
}

std::string sweep_plot(const nlohmann::json& sweep) {
  std::array<PlotSeries, 3> series{
      {{"fall rate", {}}, {"95 %", {}, "#9a9a9a"}, {"", {}, "#9a9a9a"}}};
  constexpr std::array<const char*, 3> parts{"mean", "low", "high"};
  for (const nlohmann::json& row : sweep) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const double rate = row.at("fall_rate").at(parts[i]);
      series[i].points.push_back({row.at("kick_mps").get<double>(), 100 * rate});
    }
  }
  return svg_plot({series.begin(), series.end()},
                  {"falls over the largest kick", "m/s", "%", 560, 300});
}

std::string videos(const std::vector<std::string>& clips) {
  std::string out;
  for (const std::string& clip : clips) {
    out += "<figure><video controls width=\"480\" src=\"" + html_escape(clip) +
           "\"></video><figcaption>" + html_escape(clip) + "</figcaption></figure>\n";
  }
  return out;
}

}  // namespace

std::vector<std::array<double, 2>> drawn_path(const std::vector<std::array<double, 2>>& path) {
  std::vector<std::array<double, 2>> drawn;
  for (const auto& p : path) {
    drawn.push_back({std::round(100 * p[0]) / 100, std::round(100 * p[1]) / 100});
  }
  return drawn;
}

std::string report_page(const nlohmann::json& report, const std::string& table,
                        const EvaluationResult& result, const std::vector<std::string>& clips) {
  const std::string name = report.at("protocol");
  std::string body = "<pre>" + html_escape(table) + "</pre>" + survival_plot(result);
  if (report.contains("sweep")) body += sweep_plot(report["sweep"]);
  body += histograms(find_protocol(base_name(name)), result) + path_plots(result) + videos(clips);
  return html_page("foresight eval " + name + ", " + report.at("method").get<std::string>(),
                   body + "<pre>" + html_escape(report.dump(2)) + "</pre>");
}

}  // namespace foresight
