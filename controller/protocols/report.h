// Reports of an evaluation: JSON, CSV, HTML and a table for the terminal.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "controller/protocols/evaluation.h"
#include "controller/statistics.h"

namespace foresight {

/// What a run is a function of, for the head of its reports.
struct RunIdentity {
  std::string protocol, method, checkpoint_sha256, eval_data_sha256, device;
  nlohmann::json versions = nlohmann::json::object();
  nlohmann::json options = nlohmann::json::object();  // of controller and guidance
  int threads = 1, batch = 1;
  std::uint64_t seed = 0;
};

/// Metrics by the names of protocols.md; only those that the protocol measures.
std::map<std::string, Estimate> metrics_of(const Protocol& protocol, const EvaluationResult& result,
                                           const EvalData& data);

nlohmann::json report_json(const RunIdentity& identity, const Protocol& protocol,
                           const EvaluationResult& result, const EvalData& data);

/// One row per episode.
std::string report_csv(const EvaluationResult& result);

std::string report_html(const nlohmann::json& report, const EvaluationResult& result);

/// Aligned text of a report's metrics and costs.
std::string report_table(const nlohmann::json& report);

}  // namespace foresight
