// Maze demonstrations on disk: a safetensors file with "observations" [N, 4], "actions" [N, 2],
// "goals" [N, 2] (float32) and "stream_starts" (int64); metadata: maze.
#pragma once

#include "sim/base/files.h"
#include "sim/maze/maze_data.h"

namespace foresight {

/// Writes the file atomically.
void save_maze_data(const fs::path& file, const MazeData& data);

/// Reads it back. Throws InputError for another kind of file or parts that do not fit together.
MazeData load_maze_data(const fs::path& file);

}  // namespace foresight
