// Markdown tables over many reports: how each stands to its aims, and methods side by side.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace foresight {

/// Rows "| protocol | method | metric | value [95 %] | target | aim | met | paper |" of the metrics
/// that protocols aim at.
std::string aims_table(const std::vector<nlohmann::json>& reports);

/// Methods as rows, protocols as columns, the first metric that a protocol aims at with its 95 %
/// interval; below, what every method was run with. Throws InputError for two reports of one
/// method on one protocol.
std::string comparison_table(const std::vector<nlohmann::json>& reports);

}  // namespace foresight
