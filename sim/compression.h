// Zstandard, for clips, rollouts and recordings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foresight {

/// One Zstandard frame. `level` 1 (fast) to 19 (small).
std::string zstd_compress(std::string_view bytes, int level);

/// Unpacks one frame into `out`; false unless it holds exactly `size` bytes.
bool zstd_decompress(std::string_view packed, void* out, std::size_t size);

}  // namespace foresight
