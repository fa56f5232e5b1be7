// The HTML page of an evaluation: metrics and how they spread over episodes, survival, kicks, paths
// from above with what stood in the way.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/protocols/evaluation.h"

namespace foresight {

/// A path to the centimetre: what the page draws of it, and what shards keep.
std::vector<std::array<double, 2>> drawn_path(const std::vector<std::array<double, 2>>& path);

std::string report_page(const nlohmann::json& report, const std::string& table,
                        const EvaluationResult& result, const std::vector<std::string>& clips);

}  // namespace foresight
