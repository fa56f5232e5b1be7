// A maze planner with random weights, for tests of the window.
#pragma once

#include "sim/base/files.h"

namespace foresight {

/// Plans on "umaze" in 8 levels; its plans make no sense.
void write_tiny_planner(const fs::path& file);

}  // namespace foresight
