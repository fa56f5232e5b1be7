#include "tools/report_files.h"

#include <algorithm>
#include <cctype>

#include "sim/base/error.h"
#include "tools/output_flags.h"

namespace foresight {
namespace {

using nlohmann::json;

bool is_estimate(const json& m) {
  for (const char* part : {"mean", "low", "high"}) {
    if (!m.contains(part) || !m[part].is_number()) return false;
  }
  return true;
}

bool is_report(const json& j) {
  for (const char* key : {"protocol", "method", "checkpoint_sha256", "eval_data_sha256"}) {
    if (!j.contains(key) || !j[key].is_string()) return false;
  }
  for (const char* key : {"episodes", "seed"}) {
    if (!j.contains(key) || !j[key].is_number()) return false;
  }
  if (!j.contains("metrics") || !j["metrics"].is_object()) return false;
  const json& metrics = j["metrics"];
  return std::all_of(metrics.begin(), metrics.end(), is_estimate);
}

json read_json(const fs::path& file) { return json::parse(read_file(file), nullptr, false); }

std::vector<fs::path> json_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string report_name(const std::string& protocol, const std::string& method) {
  std::string name = protocol;
  const std::string plain = "lookahead";
  if (method != plain) {
    name += "." + (method.starts_with(plain + ":") ? method.substr(plain.size() + 1) : method);
  }
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 &&
        std::string("+@=._-").find(c) == std::string::npos) {
      c = '-';
    }
  }
  return name;
}

void write_reports(const ReportPaths& paths, const json& report, const EvaluationResult& result,
                   const std::vector<std::string>& clips) {
  for (const fs::path& p : {paths.json, paths.csv, paths.html}) {
    if (p.has_parent_path()) fs::create_directories(p.parent_path());
  }
  write_json(paths.json, report);
  if (!paths.csv.empty()) write_file(paths.csv, report_csv(result));
  if (!paths.html.empty()) write_file(paths.html, report_html(report, result, clips));
}

std::vector<json> read_reports(const std::vector<std::string>& places) {
  std::vector<json> reports;
  for (const std::string& place : places) {
    if (!fs::is_directory(place)) {
      reports.push_back(read_json(place));
      if (!is_report(reports.back())) throw InputError(place + ": not a report of foresight eval");
      continue;
    }
    for (const fs::path& file : json_files(place)) {
      json report = read_json(file);
      if (is_report(report)) reports.push_back(std::move(report));
    }
  }
  if (reports.empty())
    throw InputError("eval table: name reports (JSON) or folders that hold some");
  return reports;
}

}  // namespace foresight
