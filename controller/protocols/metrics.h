// What an evaluation measures: values of its episodes, and estimates with intervals over them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/protocols/evaluation.h"
#include "controller/statistics.h"

namespace foresight {

/// The numbers behind the metrics that are means: name -> one value per episode that has one.
std::map<std::string, std::vector<double>> episode_values(const Protocol& protocol,
                                                          const EvaluationResult& result);

/// Metrics by the names of the protocols; only those that the protocol measures.
std::map<std::string, Estimate> metrics_of(const Protocol& protocol, const EvaluationResult& result,
                                           const EvalData& data);

nlohmann::json to_json(const Estimate& estimate);

}  // namespace foresight
