// The container of a recording: a magic line, then chunks that are compressed and checksummed one
// by one, so that a file whose writer was killed is good up to the last whole chunk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foresight {

inline constexpr std::string_view kRecordingMagic = "foresight recording 1\n";

enum class ChunkKind : std::uint32_t { kHeader = 1, kSegment = 2, kSteps = 3, kIndex = 4 };

/// Head of 28 bytes (all u32, little-endian: mark "FSCH", kind, sequence number, packed size, raw
/// size, CRC-32 of the packed bytes, CRC-32 of the head so far), then the zstd-packed bytes.
std::string pack_chunk(ChunkKind kind, std::uint32_t sequence, std::string_view raw);

struct Chunk {
  ChunkKind kind;
  std::size_t offset;  // of the head in the file
  std::string_view packed;
  std::uint32_t raw_size;
};

struct ChunkList {
  std::vector<Chunk> chunks;
  std::size_t end = 0;     // bytes up to the end of the last whole chunk
  bool cut_short = false;  // bytes of an unfinished chunk follow
};

/// Finds and verifies all chunks of a file's content. A last chunk that is cut off is left out; any
/// other deviation is damage and throws InputError with `name` and the offset.
ChunkList scan_chunks(std::string_view bytes, const std::string& name);

/// Unpacked content. Throws InputError when the packed bytes do not give `raw_size` bytes.
std::string unpack_chunk(const Chunk& chunk, const std::string& name);

}  // namespace foresight
