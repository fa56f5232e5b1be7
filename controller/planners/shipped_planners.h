// The Diffuser checkpoints that come with the program.
#pragma once

#include <map>
#include <string>

#include "sim/base/files.h"

namespace foresight {

/// Maze -> checkpoint, for every diffuser_MAZE.safetensors in assets/checkpoints.
std::map<std::string, fs::path> shipped_planners();

}  // namespace foresight
