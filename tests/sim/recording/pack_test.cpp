#include "sim/recording/pack.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/export/zip.h"
#include "sim/recording/replay.h"
#include "tests/sim/recording/recording_fixtures.h"

namespace foresight {
namespace {

TEST(Pack, HoldsTheRecordingItsScenesAndTheCheckpoint) {
  const std::string recording = recorded_bytes({30, 20});
  const std::string bytes =
      pack_recording(recording, "a.rec", {{"checkpoint.safetensors", "weights"}});
  EXPECT_TRUE(is_pack(bytes));
  const Pack pack = unpack(bytes, "a.pack");
  EXPECT_EQ(pack.recording, recording);
  EXPECT_EQ(pack.checkpoint.at("checkpoint.safetensors"), "weights");
  EXPECT_EQ(pack.manifest["steps"], 50);
  EXPECT_NE(unzip(bytes, "a.pack").at("scene-1.xml").find("<mujoco"), std::string::npos);
}

TEST(Pack, OpensWhereARecordingOpens) {
  const TestFolder folder;
  write_file(folder.path / "a.pack", pack_recording(recorded_bytes({20}), "a.rec"));
  RecordingReader reader = RecordingReader::open(folder.path / "a.pack");
  EXPECT_EQ(reader.steps(), 20);
  EXPECT_FALSE(replay(reader, default_character()).difference);
}

TEST(Pack, NamesTheCheckpointsOfTheLog) {
  Recording recording(recording_header(*default_character(), 0));
  World world = standing_in({});
  WorldRecorder recorder(recording, world, {{"checkpoint_sha256", "abc"}});
  recording.event({{"setting", "control"}, {"value", {{"checkpoint_sha256", "def"}}}});
  record_steps(world, recorder, 3, 0);
  recording.finish();
  const Pack pack = unpack(pack_recording(recording.bytes(), "a.rec"), "a.pack");
  EXPECT_EQ(pack.manifest["checkpoint_sha256"], (nlohmann::json{"abc", "def"}));
}

TEST(Pack, RefusesWhatIsDamagedOrSomethingElse) {
  EXPECT_THROW(pack_recording("not a recording", "a.rec"), InputError);
  EXPECT_THROW(unpack(zip_stored({{"a.txt", "hello"}}), "a.zip"), InputError);
  auto members = unzip(pack_recording(recorded_bytes({20}), "a.rec"), "a.pack");
  auto changed = members;
  changed["recording.rec"] = recorded_bytes({21});
  EXPECT_THROW(unpack(zip_stored(changed), "a.pack"), InputError);
  changed = members;
  changed.erase("manifest.json");
  EXPECT_THROW(unpack(zip_stored(changed), "a.pack"), InputError);
  changed = members;
  changed["checkpoint.safetensors"] = "put in later";
  EXPECT_THROW(unpack(zip_stored(changed), "a.pack"), InputError);
}

}  // namespace
}  // namespace foresight
