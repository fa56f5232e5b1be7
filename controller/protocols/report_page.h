// The HTML page of an evaluation: metrics, survival, paths from above with what stood in the way.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/protocols/evaluation.h"

namespace foresight {

std::string report_page(const nlohmann::json& report, const std::string& table,
                        const EvaluationResult& result, const std::vector<std::string>& clips);

}  // namespace foresight
