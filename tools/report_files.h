// Files of reports: what they are called, and reading them back.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/protocols/report.h"
#include "sim/base/files.h"

namespace foresight {

/// Where the reports of one protocol go; empty paths are not written.
struct ReportPaths {
  fs::path json, csv, html;
};

/// Name of a report's files without ending: the protocol, with the method where it is not the
/// default ("forest", "forest.kin+track@4", "forest.full-attention").
std::string report_name(const std::string& protocol, const std::string& method);

void write_reports(const ReportPaths& paths, const nlohmann::json& report,
                   const EvaluationResult& result, const std::vector<std::string>& clips);

/// The reports among the .json files of folders, and files that must be reports. Throws InputError
/// when one is not, or when there are none.
std::vector<nlohmann::json> read_reports(const std::vector<std::string>& places);

}  // namespace foresight
