#include "controller/skills/skill_report.h"

#include <algorithm>
#include <cstdio>

namespace foresight {
namespace {

using nlohmann::json;

constexpr char kNothingName[] = "other";

/// Skills and, last, what is none of them.
std::vector<std::string> column_names(const MotionRecogniser& recogniser) {
  std::vector<std::string> names = recogniser.skills;
  names.emplace_back(kNothingName);
  return names;
}

std::string name_of(int recognised, const MotionRecogniser& recogniser) {
  return recognised == MotionRecogniser::kNothing ? kNothingName : recogniser.skills[recognised];
}

std::string cell(const char* format, double value, int width) {
  char number[32], text[64];
  std::snprintf(number, sizeof(number), format, value);
  std::snprintf(text, sizeof(text), " %*s", width, number);
  return text;
}

std::string padded(const std::string& text, int width) {
  char out[96];
  std::snprintf(out, sizeof(out), "%-*s", width, text.substr(0, 90).c_str());
  return out;
}

std::string header(const std::string& first, int width, const std::vector<std::string>& names) {
  std::string line = padded(first, width);
  for (const std::string& name : names) {
    line += std::string(name.size() < 9 ? 10 - name.size() : 1, ' ') + name;
  }
  return line;
}

/// "  85.0 [64.0, 94.8]"
std::string rate_cell(const Estimate& e) {
  char text[64];
  std::snprintf(text, sizeof(text), " %5.1f [%5.1f, %5.1f]", 100 * e.mean, 100 * e.low,
                100 * e.high);
  return text;
}

json estimate_json(const Estimate& e) {
  return {{"mean", e.mean}, {"low", e.low}, {"high", e.high}};
}

json by_name(const std::vector<double>& values, const MotionRecogniser& recogniser) {
  const std::vector<std::string> names = column_names(recogniser);
  json out = json::object();
  for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = values[i];
  return out;
}

std::vector<double> recognised_shares(const std::vector<SkillEpisode>& episodes,
                                      std::size_t skills) {
  std::vector<double> counts(skills + 1, 0);
  double all = 0;
  for (const SkillEpisode& e : episodes) {
    for (const int r : e.recognised) {
      counts[r == MotionRecogniser::kNothing ? skills : static_cast<std::size_t>(r)] += 1;
      all += 1;
    }
  }
  for (double& count : counts) count /= std::max(all, 1.0);
  return counts;
}

}  // namespace

std::string order_name(const SkillOrder& order) {
  if (order.skill.empty() && order.share == 0) return "none";
  if (order.share == 0 && order.strength == 1) return order.skill;
  char text[128];
  if (order.share == 0) {
    std::snprintf(text, sizeof(text), "%s x %g", order.skill.c_str(), order.strength);
    return text;
  }
  std::snprintf(text, sizeof(text), "%s %.2f + %s %.2f", order.skill.c_str(), 1 - order.share,
                order.other.c_str(), order.share);
  return text;
}

SkillRow summarise(const SkillOrder& order, const std::vector<SkillEpisode>& episodes,
                   const MotionRecogniser& recogniser, double least_share) {
  SkillRow row;
  row.order = order;
  row.episodes = static_cast<int>(episodes.size());
  const auto known = std::find(recogniser.skills.begin(), recogniser.skills.end(), order.skill);
  const int skill = static_cast<int>(known - recogniser.skills.begin());
  int falls = 0, successes = 0;
  std::vector<double> speeds, heights;
  for (const SkillEpisode& e : episodes) {
    falls += e.fell ? 1 : 0;
    successes += succeeded(e, skill, least_share) ? 1 : 0;
    if (e.recognised.empty()) continue;
    speeds.push_back(e.mean_speed);
    heights.push_back(e.hand_height);
  }
  row.falls = wilson_rate(falls, row.episodes);
  row.success = wilson_rate(successes, row.episodes);
  row.recognised = recognised_shares(episodes, recogniser.skills.size());
  row.mean_speed = mean_estimate(speeds);
  row.hand_height = mean_estimate(heights);
  return row;
}

std::string skill_table(const std::vector<SkillRow>& rows, const MotionRecogniser& recogniser) {
  std::size_t width = 8;
  for (const SkillRow& row : rows) width = std::max(width, order_name(row.order).size() + 1);
  const int first = static_cast<int>(std::min<std::size_t>(width, 90));
  std::string out = header("asked for", first, column_names(recogniser)) +
                    "      m/s  hands m   falls %, 95 %         success %, 95 %\n";
  for (const SkillRow& row : rows) {
    out += padded(order_name(row.order), first);
    for (const double share : row.recognised) out += cell("%.1f %%", 100 * share, 9);
    out += cell("%.2f", row.mean_speed.mean, 8) + cell("%.2f", row.hand_height.mean, 8) + " " +
           rate_cell(row.falls);
    const bool single = row.order.share == 0 && !row.order.skill.empty();
    out += (single ? " " + rate_cell(row.success) : "") + "\n";
  }
  return out;
}

std::string confusion_table(const MotionRecogniser& recogniser) {
  std::string out = header("shown", 10, column_names(recogniser)) + "\n";
  for (std::size_t s = 0; s < recogniser.skills.size(); ++s) {
    out += padded(recogniser.skills[s], 10);
    for (Eigen::Index c = 0; c < recogniser.heldout.cols(); ++c) {
      out += cell("%.0f", recogniser.heldout(static_cast<Eigen::Index>(s), c), 9);
    }
    out += "\n";
  }
  char line[96];
  std::snprintf(line, sizeof(line), "%.1f %% of %d held-out seconds of the expert are recognised\n",
                100 * accuracy(recogniser.heldout), recogniser.heldout.sum());
  return out + line;
}

json to_json(const SkillRow& row, const MotionRecogniser& recogniser) {
  json out = {{"skill", row.order.skill},
              {"episodes", row.episodes},
              {"fall_rate", estimate_json(row.falls)},
              {"recognised", by_name(row.recognised, recogniser)},
              {"mean_speed_mps", estimate_json(row.mean_speed)},
              {"hand_height_m", estimate_json(row.hand_height)}};
  if (row.order.strength != 1) out["strength"] = row.order.strength;
  if (row.order.share != 0) {
    out["other"] = row.order.other;
    out["share"] = row.order.share;
  } else if (!row.order.skill.empty()) {
    out["success_rate"] = estimate_json(row.success);
  }
  return out;
}

json to_json(const SkillEpisode& episode, const MotionRecogniser& recogniser) {
  json recognised = json::array();
  for (const int r : episode.recognised) recognised.push_back(name_of(r, recogniser));
  return {{"index", episode.index},
          {"seed", episode.seed},
          {"fell", episode.fell},
          {"reason", episode.reason},
          {"recognised", recognised},
          {"mean_speed_mps", episode.mean_speed},
          {"hand_height_m", episode.hand_height}};
}

json recogniser_json(const MotionRecogniser& recogniser) {
  json rows = json::array();
  for (Eigen::Index r = 0; r < recogniser.heldout.rows(); ++r) {
    json row = json::array();
    for (Eigen::Index c = 0; c < recogniser.heldout.cols(); ++c) {
      row.push_back(recogniser.heldout(r, c));
    }
    rows.push_back(row);
  }
  return {{"skills", recogniser.skills},
          {"accuracy", accuracy(recogniser.heldout)},
          {"confusion", rows}};
}

}  // namespace foresight
