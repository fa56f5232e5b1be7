#include "sim/recording/recording_reader.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/recording/pack.h"

namespace foresight {

using nlohmann::json;

RecordingReader RecordingReader::open(const fs::path& file) {
  return RecordingReader(read_recording(file), file.string());
}

RecordingReader::RecordingReader(std::string bytes, std::string name)
    : bytes_(std::make_shared<const std::string>(std::move(bytes))), name_(std::move(name)) {
  const ChunkList list = scan_chunks(*bytes_, name_);
  if (list.chunks.empty() || list.chunks[0].kind != ChunkKind::kHeader) {
    fail("was cut off before its header was written");
  }
  read_header(list.chunks[0]);
  for (std::size_t i = 1; i < list.chunks.size(); ++i) {
    const Chunk& chunk = list.chunks[i];
    if (chunk.kind == ChunkKind::kSegment) read_segment(chunk);
    if (chunk.kind == ChunkKind::kSteps) read_steps(chunk);
    if (chunk.kind == ChunkKind::kIndex) read_index(chunk);
  }
}

void RecordingReader::fail(const std::string& what) const { throw InputError(name_ + ": " + what); }

void RecordingReader::read_header(const Chunk& chunk) {
  header_ = json::parse(unpack_chunk(chunk, name_), nullptr, false);
  try {
    if (header_.at("format").get<int>() != 1) fail("has a format that this program does not know");
    control_hz_ = header_.at("control_hz").get<double>();
  } catch (const json::exception& error) {
    fail(std::string("the header is wrong: ") + error.what());
  }
  if (!(control_hz_ > 0)) fail("the header's \"control_hz\" must be positive");
}

void RecordingReader::read_segment(const Chunk& chunk) {
  const std::string raw = unpack_chunk(chunk, name_);
  ByteReader in(raw, name_);
  RecordedSegment segment;
  segment.first = in.number<std::int64_t>();
  const json head = json::parse(in.text(), nullptr, false);
  try {
    segment.start.scene = head.at("scene");
    segment.start.model_sha256 = head.at("model_sha256");
    segment.start.info = head.at("info");
  } catch (const json::exception& error) {
    fail(std::string("a segment's head is wrong: ") + error.what());
  }
  segment.start.xml = in.text();
  segment.start.state = in.array<double>();
  if (segment.first != steps_) fail("a segment does not begin where the last one ends");
  segments_.push_back(std::move(segment));
}

void RecordingReader::read_steps(const Chunk& chunk) {
  const StepBlock block = decode_block(unpack_chunk(chunk, name_), name_);
  const auto count = static_cast<std::int64_t>(block.steps.size());
  events_.insert(events_.end(), block.events.begin(), block.events.end());
  if (count == 0) return;
  if (block.first != steps_ || block.segment + 1 != static_cast<std::int64_t>(segments_.size())) {
    fail("a block of steps is out of order");
  }
  blocks_.push_back({block.first, count, chunk});
  steps_ += count;
  segments_.back().steps += count;
}

void RecordingReader::read_index(const Chunk& chunk) {
  const json index = json::parse(unpack_chunk(chunk, name_), nullptr, false);
  if (!index.is_object() || index.value("steps", std::int64_t{-1}) != steps_) {
    fail("the index does not fit the steps");
  }
  finished_ = true;
}

const StepBlock& RecordingReader::block_of(std::int64_t step) {
  FS_CHECK(step >= 0 && step < steps_);
  const auto inside = [&](std::int64_t first, std::size_t count) {
    return step >= first && step < first + static_cast<std::int64_t>(count);
  };
  if (inside(cached_.first, cached_.steps.size())) return cached_;
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), step,
                                      [](std::int64_t s, const Place& p) { return s < p.first; });
  cached_ = decode_block(unpack_chunk(std::prev(after)->chunk, name_), name_);
  return cached_;
}

const RecordedStep& RecordingReader::step(std::int64_t step) {
  const StepBlock& block = block_of(step);
  return block.steps[step - block.first];
}

}  // namespace foresight
