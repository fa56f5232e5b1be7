#include "controller/protocols/report_tables.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "controller/protocols/protocol.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

bool is_share(const std::string& metric) {
  return metric.ends_with("_rate") || metric.find("_rel") != std::string::npos;
}

std::string number(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string value_text(const std::string& metric, double value) {
  return is_share(metric) ? number(100 * value, "%.1f") : number(value, "%.3f");
}

// "3.0 [1.0, 8.5] %"; a metric without an interval (frechet) is the number alone.
std::string estimate_text(const std::string& metric, const json& m) {
  const double mean = m.at("mean"), low = m.at("low"), high = m.at("high");
  std::string text = value_text(metric, mean);
  if (metric != "frechet") {
    text += " [" + value_text(metric, low) + ", " + value_text(metric, high) + "]";
  }
  return text + (is_share(metric) ? " %" : "");
}

std::string limit_text(const Aim& aim, double limit) {
  if (limit == 0) return "-";
  return std::string(aim.at_most ? "<= " : ">= ") +
         (is_share(aim.metric) ? number(100 * limit, "%g") + " %" : number(limit, "%g"));
}

std::string met_text(const Aim& aim, double mean) {
  const auto meets = [&](double limit) {
    return limit != 0 && (aim.at_most ? mean <= limit : mean >= limit);
  };
  if (aim.value == 0 && aim.target == 0) return "-";
  if (meets(aim.value)) return "aim met";
  return meets(aim.target) ? "target met" : "not met";
}

std::string row_of(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

std::string aim_row(const json& report, const Aim& aim) {
  const json& metrics = report.at("metrics");
  const bool known = metrics.contains(aim.metric);
  return row_of({report.at("protocol"), report.at("method"), aim.metric,
                 known ? estimate_text(aim.metric, metrics[aim.metric]) : "-",
                 limit_text(aim, aim.target), limit_text(aim, aim.value),
                 known ? met_text(aim, metrics[aim.metric].at("mean")) : "-", aim.paper});
}

// Protocols of the reports in the order in which they are defined; variants after the original.
std::vector<std::string> columns_of(const std::vector<json>& reports) {
  std::vector<std::string> names;
  for (const Protocol& protocol : all_protocols()) {
    std::set<std::string> variants;
    for (const json& report : reports) {
      const std::string name = report.at("protocol");
      if (base_name(name) == protocol.name) variants.insert(name);
    }
    names.insert(names.end(), variants.begin(), variants.end());
  }
  return names;
}

// What differs from report to report of a method is listed with commas.
std::string origin_of(const std::string& method, const std::vector<const json*>& reports) {
  std::set<std::string> origins;
  for (const json* r : reports) {
    origins.insert("checkpoint " + r->at("checkpoint_sha256").get<std::string>().substr(0, 12) +
                   ", evaluation data " +
                   r->at("eval_data_sha256").get<std::string>().substr(0, 12) + ", " +
                   r->at("episodes").dump() + " episodes of seed " + r->at("seed").dump());
  }
  std::string line = "- " + method + ": ";
  for (const std::string& origin : origins) line += (line.ends_with(": ") ? "" : "; ") + origin;
  return line + "\n";
}

using Cells = std::map<std::string, const json*>;  // protocol -> report

// The default method first, then by name.
std::map<std::pair<bool, std::string>, Cells> rows_of(const std::vector<json>& reports) {
  std::map<std::pair<bool, std::string>, Cells> rows;
  for (const json& report : reports) {
    const std::string method = report.at("method"), protocol = report.at("protocol");
    const json*& cell = rows[{method != "lookahead", method}][protocol];
    if (cell != nullptr) {
      throw InputError("two reports of " + protocol + " by " + method +
                       ": give one of them, or tell them apart with eval --label");
    }
    cell = &report;
  }
  return rows;
}

}  // namespace

std::string aims_table(const std::vector<json>& reports) {
  std::string out =
      row_of({"protocol", "method", "metric", "value [95 %]", "target", "aim", "met", "paper"});
  out += "|---|---|---|---|---|---|---|---|\n";
  for (const json& report : reports) {
    for (const Protocol& protocol : all_protocols()) {
      if (protocol.name != report.at("protocol")) continue;
      for (const Aim& aim : protocol.aims) out += aim_row(report, aim);
    }
  }
  return out;
}

std::string comparison_table(const std::vector<json>& reports) {
  const std::vector<std::string> protocols = columns_of(reports);
  std::vector<std::string> head{"method"};
  std::string rule = "|---|", body, origins;
  for (const std::string& name : protocols) {
    head.push_back(name + ", " + find_protocol(base_name(name)).aims.front().metric);
    rule += "---|";
  }
  for (const auto& [key, cells] : rows_of(reports)) {
    std::vector<std::string> row{key.second};
    std::vector<const json*> sources;
    for (const std::string& name : protocols) {
      const std::string metric = find_protocol(base_name(name)).aims.front().metric;
      const auto found = cells.find(name);
      const bool known = found != cells.end() && found->second->at("metrics").contains(metric);
      row.push_back(known ? estimate_text(metric, found->second->at("metrics")[metric]) : "-");
      if (found != cells.end()) sources.push_back(found->second);
    }
    body += row_of(row);
    origins += origin_of(key.second, sources);
  }
  return row_of(head) + rule + "\n" + body + "\n" + origins;
}

}  // namespace foresight
