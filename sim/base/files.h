// Files: whole reads, writes that are never seen half done, checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace foresight {

namespace fs = std::filesystem;

/// Whole content of a file. Throws InputError naming the file when it cannot be read or is larger
/// than `max_bytes`.
std::string read_file(const fs::path& path, std::size_t max_bytes = std::size_t{1} << 32);

/// Writes aside (`path` + ".part"), flushes to disk, then renames. Throws InputError and leaves the
/// old file as it was when the disk is full or the folder is not writable.
void write_file(const fs::path& path, std::string_view content);

/// Lower-case hex SHA-256.
std::string sha256_hex(std::string_view bytes);

/// First folder that exists of $FORESIGHT_ASSETS, the source tree's assets/, and the folder
/// ../assets beside the program. Throws InputError when there is none.
fs::path assets_dir();

}  // namespace foresight
