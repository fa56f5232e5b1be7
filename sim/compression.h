// Zstandard, for clips, rollouts and recordings.
#pragma once

#include <string>
#include <string_view>

namespace foresight {

/// One Zstandard frame. `level` 1 (fast) to 19 (small).
std::string zstd_compress(std::string_view bytes, int level);

}  // namespace foresight
