#include "sim/recording/recorded_step.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/recording/chunks.h"

namespace foresight {
namespace {

StepBlock some_block() {
  StepBlock block{2, 60, {0.5, -1.25, 3}, {}, {{61, {{"setting", "gain"}, {"value", 2}}}}};
  for (int i = 0; i < 3; ++i) {
    RecordedStep step;
    step.changes = {{4, 0.125 * i}, {9, -0.0}};
    step.hash = 0x123456789abcdefULL + i;
    step.qpos = {1.0 * i, 2, 3};
    step.qvel = {4};
    step.channels = {{"a", std::vector<double>{1.5}}, {"b", std::string("text")}};
    block.steps.push_back(step);
  }
  return block;
}

TEST(RecordedStep, ABlockComesBackBitForBit) {
  const StepBlock block = some_block();
  const std::string bytes = encode_block(block);
  const StepBlock again = decode_block(bytes, "test");
  EXPECT_EQ(encode_block(again), bytes);
  EXPECT_EQ(again.first, 60);
  EXPECT_EQ(again.steps[2].hash, block.steps[2].hash);
  EXPECT_TRUE(std::signbit(again.steps[1].changes[1].value));
  EXPECT_EQ(again.events[0].what["setting"], "gain");
}

// Checksums keep accidents out; bytes made to fit them must still not break the reader.
TEST(RecordedStep, HostileBlocksAreRefusedAndNeverCrash) {
  const std::string bytes = encode_block(some_block());
  Rng rng{11};
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string hostile = bytes;
    for (int k = 0; k <= i % 3; ++k) {
      hostile[rng.index(static_cast<int>(bytes.size()))] = static_cast<char>(rng.index(256));
    }
    if (i % 4 == 0) hostile.resize(rng.index(static_cast<int>(bytes.size())));
    try {
      decode_block(hostile, "test");
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Chunks, AChunkThatLiesAboutItsSizeIsRefused) {
  const std::string raw(1000, 'x');
  const std::string bytes = std::string(kRecordingMagic) + pack_chunk(ChunkKind::kHeader, 0, raw);
  ChunkList list = scan_chunks(bytes, "test");
  ASSERT_EQ(list.chunks.size(), 1u);
  EXPECT_EQ(unpack_chunk(list.chunks[0], "test"), raw);
  list.chunks[0].raw_size = 999;
  EXPECT_THROW(unpack_chunk(list.chunks[0], "test"), InputError);
}

TEST(Chunks, ChunksInTheWrongOrderAreRefused) {
  const std::string a = pack_chunk(ChunkKind::kHeader, 0, "a"),
                    b = pack_chunk(ChunkKind::kSegment, 1, "b");
  EXPECT_NO_THROW(scan_chunks(std::string(kRecordingMagic) + a + b, "test"));
  EXPECT_THROW(scan_chunks(std::string(kRecordingMagic) + b + a, "test"), InputError);
  EXPECT_THROW(scan_chunks(std::string(kRecordingMagic) + a + a, "test"), InputError);
  EXPECT_THROW(scan_chunks("not a recording at all, really", "test"), InputError);
}

}  // namespace
}  // namespace foresight
