// An RGB picture in memory.
#pragma once

#include <cstdint>
#include <vector>

namespace foresight {

/// 8 bits per channel, rows from top to bottom, no padding: size is 3 * width * height.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

}  // namespace foresight
