// Damaged files of every format that sim/ reads.
#include <gtest/gtest.h>

#include "sim/export/bvh.h"
#include "sim/export/csv.h"
#include "sim/export/glb.h"
#include "sim/export/keyframes.h"
#include "sim/export/npz.h"
#include "sim/export/reimport.h"
#include "sim/export/zip.h"
#include "sim/motion/clip_table.h"
#include "sim/motion/importers.h"
#include "sim/recording/pack.h"
#include "sim/recording/replay.h"
#include "tests/fuzzing.h"
#include "tests/sim/motion/mjpc_fixture.h"
#include "tests/sim/motion/motion_fixtures.h"
#include "tests/sim/recording/recording_fixtures.h"

namespace foresight {
namespace {

using fuzzing::damage_of;
using fuzzing::damaged;
using fuzzing::expect_refused_or_read;
using nlohmann::json;

const std::string& recording() {
  static const std::string bytes = recorded_bytes({40, 20});
  return bytes;
}

CharacterMotion short_motion() {
  RecordingReader reader(recording(), "test");
  CharacterMotion motion = character_motion(reader, default_character(), 0, 0);
  motion.qpos = motion.qpos.leftCols(5).eval();
  motion.qvel = motion.qvel.leftCols(5).eval();
  return motion;
}

// Reads everything that is in a recording and simulates a little.
void open_recording(const std::string& bytes) {
  RecordingReader reader(bytes, "test");
  for (std::int64_t n = 0; n < reader.steps(); n += 13) reader.step(n);
  if (reader.steps() == 0) return;
  const auto world = segment_world(reader, reader.block_of(0).segment, default_character());
  seek(reader, std::min<std::int64_t>(3, reader.steps() - 1), *world);
  character_motion(reader, default_character(), 0, -1);
}

// Damage below the checksums: the content of one chunk, packed anew.
std::string damaged_inside(Rng& rng) {
  const ChunkList list = scan_chunks(recording(), "test");
  const int which = rng.index(static_cast<int>(list.chunks.size()));
  std::string bytes(kRecordingMagic);
  for (std::size_t i = 0; i < list.chunks.size(); ++i) {
    std::string raw = unpack_chunk(list.chunks[i], "test");
    if (static_cast<int>(i) == which) raw = damaged(raw, rng);
    bytes += pack_chunk(list.chunks[i].kind, static_cast<std::uint32_t>(i), raw);
  }
  return bytes;
}

// Damage inside a ZIP archive: the content of one member, packed anew.
std::string damaged_member(const std::string& archive, Rng& rng) {
  auto members = unzip(archive, "test");
  auto member = members.begin();
  std::advance(member, rng.index(static_cast<int>(members.size())));
  member->second = damaged(member->second, rng);
  return zip_stored(members);
}

TEST(Fuzz, Recordings) {
  expect_refused_or_read(
      "recording", 400, [](Rng& rng) { return damaged(recording(), rng); }, open_recording);
}

TEST(Fuzz, RecordingsWithGoodChecksums) {
  expect_refused_or_read("chunk", 300, damaged_inside, open_recording);
}

TEST(Fuzz, Packs) {
  const std::string pack = pack_recording(recording(), "test", {{"checkpoint.json", "{}"}});
  const auto open = [](const std::string& bytes) {
    open_recording(unpack(bytes, "test").recording);
  };
  expect_refused_or_read(
      "pack", 300, [&](Rng& rng) { return damaged(pack, rng); }, open);
  const auto inside = [&](Rng& rng) { return damaged_member(pack, rng); };
  expect_refused_or_read("pack member", 200, inside, open);
}

TEST(Fuzz, Scenes) {
  const auto damage = damage_of(to_json(pillar_scene()));
  expect_refused_or_read("scene", 300, damage, [](const std::string& text) {
    compile_scene(*default_character(), scene_from_json(json::parse(text)));
  });
}

TEST(Fuzz, ExportsThatAreReadAgain) {
  const auto c = default_character();
  const CharacterMotion m = short_motion();
  const std::string bvh = bvh_text(m), csv = csv_text(m), npz = npz_bytes(npz_tracking(m), true);
  expect_refused_or_read(
      "our bvh", 300, [&](Rng& rng) { return damaged(bvh, rng); },
      [&](const std::string& text) { clip_from_bvh(*c, text, "a"); });
  expect_refused_or_read(
      "our csv", 300, [&](Rng& rng) { return damaged(csv, rng); },
      [&](const std::string& text) { clip_from_csv(*c, text, "a"); });
  expect_refused_or_read(
      "our npz", 300, [&](Rng& rng) { return damaged(npz, rng); },
      [&](const std::string& bytes) { clip_from_npz(*c, bytes, "a"); });
  const auto inside = [&](Rng& rng) { return damaged_member(npz, rng); };
  expect_refused_or_read("npy", 300, inside,
                         [&](const std::string& bytes) { clip_from_npz(*c, bytes, "a"); });
}

TEST(Fuzz, MocapFiles) {
  const std::string bvh = fixtures::bvh_text({{{"Hips.Yposition", 90}}, {{"Hips.Yposition", 91}}});
  const std::string asf = fixtures::asf_text();
  const std::string amc =
      ":FULLY-SPECIFIED\n:DEGREES\n1\nroot 1 16 2 0 90 0\nlfemur -90 0 0\nltibia 0\n"
      "2\nroot 1 16 2 0 0 0\nlfemur -90 0 0\nltibia 0\n";
  const auto frame = fixtures::deepmimic_frame();
  const std::string deepmimic = fixtures::deepmimic_text({frame, frame}, "wrap");
  expect_refused_or_read(
      "bvh", 1000, [&](Rng& rng) { return damaged(bvh, rng); },
      [](const std::string& text) { read_bvh(text, "a", "auto"); });
  expect_refused_or_read(
      "amc", 1000, [&](Rng& rng) { return damaged(amc, rng); },
      [&](const std::string& text) { read_amc(text, "a.amc", asf, "a.asf"); });
  expect_refused_or_read(
      "asf", 1000, [&](Rng& rng) { return damaged(asf, rng); },
      [&](const std::string& text) { read_amc(amc, "a.amc", text, "a.asf"); });
  expect_refused_or_read(
      "deepmimic", 600, [&](Rng& rng) { return damaged(deepmimic, rng); },
      [](const std::string& text) { read_deepmimic(text, "a"); });
  const std::string mjpc = fixtures::mjpc_standing_text();
  expect_refused_or_read(
      "mjpc", 1000, [&](Rng& rng) { return damaged(mjpc, rng); },
      [](const std::string& text) { read_mjpc(text, "a"); });
}

TEST(Fuzz, ClipsAndTables) {
  const TestFolder folder;
  Clip clip{"a/b",   "a/b.bvh", "MIT",
            "other", "train",   default_character()->fingerprint,
            30,      false,     short_motion().qpos};
  save_clip(folder.path / "a.clip", clip);
  const std::string bytes = read_file(folder.path / "a.clip");
  const auto from_file = [&](auto read) {
    return [&folder, read](const std::string& content) { read(folder.write("damaged", content)); };
  };
  expect_refused_or_read(
      "clip", 600, [&](Rng& rng) { return damaged(bytes, rng); },
      from_file([](const fs::path& file) { load_clip(file); }));
  const std::string table =
      "file,category,split,description,flags\r\nset/b.amc,b-jump,heldout,\"x\",\r\n";
  expect_refused_or_read(
      "clip table", 600, [&](Rng& rng) { return damaged(table, rng); },
      from_file([](const fs::path& file) { read_clip_table(file); }));
}

TEST(Fuzz, CharacterTables) {
  const fs::path folder = default_character()->file.parent_path();
  const json tables = json::parse(read_file(default_character()->file));
  const TestFolder copy;
  for (const auto& entry : fs::directory_iterator(folder)) {
    fs::copy(entry.path(), copy.path / entry.path().filename(), fs::copy_options::recursive);
  }
  expect_refused_or_read("character", 200, damage_of(tables), [&](const std::string& text) {
    load_character(copy.write("damaged.json", text));
  });
}

}  // namespace
}  // namespace foresight
