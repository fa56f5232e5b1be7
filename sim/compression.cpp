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

bool zstd_decompress(std::string_view packed, void* out, std::size_t size) {
  const std::size_t got = ZSTD_decompress(out, size, packed.data(), packed.size());
  return !ZSTD_isError(got) && got == size;
}

}  // namespace foresight
