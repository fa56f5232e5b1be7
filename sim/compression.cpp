#include "sim/compression.h"

#include <zstd.h>

#include "sim/base/error.h"

namespace foresight {

std::string zstd_compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  FS_CHECK(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

}  // namespace foresight
