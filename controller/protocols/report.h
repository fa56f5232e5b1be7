// Reports of an evaluation: JSON, CSV, HTML, a table for the terminal.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/protocols/evaluation.h"

namespace foresight {

/// What a run is a function of, for the head of its reports.
struct RunIdentity {
  std::string protocol, method, checkpoint_sha256, eval_data_sha256, device;
  nlohmann::json versions = nlohmann::json::object();
  nlohmann::json options = nlohmann::json::object();  // of controller and guidance
  int threads = 1, batch = 1;
  std::uint64_t seed = 0;
};

nlohmann::json to_json(const RunIdentity& identity);

nlohmann::json report_json(const RunIdentity& identity, const Protocol& protocol,
                           const EvaluationResult& result, const EvalData& data);

/// One row per episode.
std::string report_csv(const EvaluationResult& result);

/// A page with metrics, plots and paths from above; `clips` are files beside it to be shown.
std::string report_html(const nlohmann::json& report, const EvaluationResult& result,
                        const std::vector<std::string>& clips = {});

/// Aligned text of a report's metrics and costs.
std::string report_table(const nlohmann::json& report);

}  // namespace foresight
