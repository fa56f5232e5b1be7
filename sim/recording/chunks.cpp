#include "sim/recording/chunks.h"

#include <zstd.h>

#include "sim/base/error.h"
#include "sim/compression.h"
#include "sim/recording/bytes.h"

namespace foresight {
namespace {

constexpr std::uint32_t kMark = 0x48435346;  // "FSCH"
constexpr std::size_t kHeadSize = 28;
constexpr std::uint32_t kMaxRaw = 1U << 28;

[[noreturn]] void damaged(const std::string& name, std::size_t offset, const std::string& what) {
  throw InputError(name + ": damaged at byte " + std::to_string(offset) + " (" + what + ")");
}

// The chunk at `offset`, whose head is complete; `packed` may reach past the end.
Chunk read_head(std::string_view bytes, std::size_t offset, std::uint32_t sequence,
                std::uint32_t* packed_size, std::uint32_t* packed_crc, const std::string& name) {
  const std::string_view head = bytes.substr(offset, kHeadSize);
  ByteReader reader(head, name);
  const auto mark = reader.number<std::uint32_t>(), kind = reader.number<std::uint32_t>(),
             number = reader.number<std::uint32_t>();
  *packed_size = reader.number<std::uint32_t>();
  const auto raw_size = reader.number<std::uint32_t>();
  *packed_crc = reader.number<std::uint32_t>();
  const bool good = mark == kMark && number == sequence && kind >= 1 && kind <= 4 &&
                    raw_size <= kMaxRaw &&
                    reader.number<std::uint32_t>() == crc_of(head.substr(0, kHeadSize - 4));
  if (!good) damaged(name, offset, "head of chunk " + std::to_string(sequence));
  return {static_cast<ChunkKind>(kind), offset, {}, raw_size};
}

}  // namespace

std::string pack_chunk(ChunkKind kind, std::uint32_t sequence, std::string_view raw) {
  FS_CHECK(raw.size() <= kMaxRaw);
  const std::string packed = zstd_compress(raw, 3);
  ByteWriter head;
  head.number(kMark);
  head.number(static_cast<std::uint32_t>(kind));
  head.number(sequence);
  head.number(static_cast<std::uint32_t>(packed.size()));
  head.number(static_cast<std::uint32_t>(raw.size()));
  head.number(crc_of(packed));
  std::string bytes = head.take();
  ByteWriter check;
  check.number(crc_of(bytes));
  return bytes + check.take() + packed;
}

ChunkList scan_chunks(std::string_view bytes, const std::string& name) {
  const std::string_view magic = bytes.substr(0, kRecordingMagic.size());
  if (magic != kRecordingMagic) {
    throw InputError(name + ": is not a recording of this version (its first line is not \"" +
                     std::string(kRecordingMagic.substr(0, kRecordingMagic.size() - 1)) + "\")");
  }
  ChunkList list;
  list.end = kRecordingMagic.size();
  while (list.end < bytes.size()) {
    if (!list.chunks.empty() && list.chunks.back().kind == ChunkKind::kIndex) {
      damaged(name, list.end, "bytes after the index");
    }
    list.cut_short = bytes.size() - list.end < kHeadSize;
    if (list.cut_short) break;
    std::uint32_t size = 0, crc = 0;
    Chunk chunk = read_head(bytes, list.end, static_cast<std::uint32_t>(list.chunks.size()), &size,
                            &crc, name);
    list.cut_short = bytes.size() - list.end - kHeadSize < size;
    if (list.cut_short) break;
    chunk.packed = bytes.substr(list.end + kHeadSize, size);
    if (crc_of(chunk.packed) != crc) damaged(name, list.end, "content of a chunk");
    list.chunks.push_back(chunk);
    list.end += kHeadSize + size;
  }
  return list;
}

std::string unpack_chunk(const Chunk& chunk, const std::string& name) {
  const auto expected = ZSTD_getFrameContentSize(chunk.packed.data(), chunk.packed.size());
  if (expected != chunk.raw_size) damaged(name, chunk.offset, "size of a chunk");
  std::string raw(chunk.raw_size, '\0');
  if (!zstd_decompress(chunk.packed, raw.data(), raw.size())) {
    damaged(name, chunk.offset, "packing of a chunk");
  }
  return raw;
}

}  // namespace foresight
