#include "controller/protocols/metrics.h"

#include <cmath>
#include <set>

namespace foresight {
namespace {

using Values = std::map<std::string, std::vector<double>>;

double measure(const EpisodeResult& e, const std::string& name) {
  const auto found = e.measures.find(name);
  return found == e.measures.end() ? 0 : found->second;
}

void add_measures(const EpisodeResult& e, Values& out) {
  static const std::set<std::string> counted{"clean", "goals", "goals_reached"};
  for (const auto& [name, value] : e.measures) {
    if (!counted.contains(name)) out[name].push_back(value);
  }
}

void add_motion(const MotionSummary& motion, Values& out) {
  if (motion.seconds <= 0) return;
  out["foot_slide_mps"].push_back(motion.foot_slide);
  out["jerk"].push_back(motion.jerk);
  out["power_w"].push_back(motion.power);
  out["mean_speed_mps"].push_back(motion.mean_speed);
}

// An episode counts once, whatever the number of segments that it finished.
void add_velocity(const Protocol& protocol, const EpisodeResult& e, Values& out) {
  Values segments;
  for (const SegmentResult& s : e.segments) {
    const Eigen::Vector2d command(s.command.forward, s.command.left);
    if (command.norm() == 0) {
      segments["stop_speed_mps"].push_back(s.mean_velocity.norm());
      continue;
    }
    const double error = (s.mean_velocity - command).norm();
    const double relative = error / command.norm();
    segments["velocity_error_mps"].push_back(error);
    segments["velocity_error_rel"].push_back(relative);
    segments["velocity_error_rel_" + protocol.velocity_group(s.command)].push_back(relative);
  }
  for (const auto& [name, list] : segments) out[name].push_back(mean_estimate(list).mean);
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

// Metrics that a report has even when no episode came far enough for them.
Values empty_values(const Protocol& protocol) {
  Values values;
  for (const char* name : {"foot_slide_mps", "jerk", "power_w", "mean_speed_mps"}) values[name];
  if (!protocol.velocity_group) return values;
  for (const char* name : {"velocity_error_mps", "velocity_error_rel"}) values[name];
  return values;
}

}  // namespace

std::map<std::string, std::vector<double>> episode_values(const Protocol& protocol,
                                                          const EvaluationResult& result) {
  Values values = empty_values(protocol);
  for (const EpisodeResult& e : result.episodes) {
    add_measures(e, values);
    add_motion(e.motion, values);
    if (protocol.velocity_group) add_velocity(protocol, e, values);
  }
  return values;
}

std::map<std::string, Estimate> metrics_of(const Protocol& protocol, const EvaluationResult& result,
                                           const EvalData& data) {
  std::map<std::string, Estimate> out;
  add_rates(result, out);
  for (const auto& [name, values] : episode_values(protocol, result)) {
    out[name] = mean_estimate(values);
  }
  add_frechet(result, data, out);
  return out;
}

nlohmann::json to_json(const Estimate& e) {
  nlohmann::json out = {{"mean", e.mean}, {"low", e.low}, {"high", e.high}};
  if (e.std > 0) out["std"] = e.std;
  return out;
}

}  // namespace foresight
