// Licences of what weights were trained on, as their contracts list it.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/base/files.h"

namespace foresight {

/// Throws InputError naming the weights when a licence in `training_data`, the list of their
/// contract, forbids commercial use and that is not `allowed`.
void refuse_noncommercial_weights(const fs::path& weights, const nlohmann::json& training_data,
                                  bool allowed);

}  // namespace foresight
