#include "sim/motion/clip.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/motion/clip_table.h"
#include "sim/rotation.h"
#include "tests/sim/motion/motion_fixtures.h"

namespace foresight {
namespace {

Clip turning_clip(const Character& c) {
  Clip clip;
  clip.name = "set/turn";
  clip.source = "set/turn.bvh";
  clip.licence = "MIT";
  clip.category = "locomotion";
  clip.split = "heldout";
  clip.character = c.fingerprint;
  clip.loop = true;
  clip.qpos = Eigen::MatrixXd::Zero(c.nq, 20);
  for (int t = 0; t < 20; ++t) {
    clip.qpos(0, t) = 0.1 * t;
    clip.qpos(2, t) = 0.9;
    quat_to_wxyz(quat_from_yaw(0.3 * t), &clip.qpos(3, t));
    clip.qpos(9, t) = -0.02 * t;
  }
  return clip;
}

TEST(Clip, RoundTripsThroughAFile) {
  const auto c = default_character();
  const TestFolder folder;
  const Clip clip = turning_clip(*c);
  save_clip(folder.path / "set" / "turn.clip", clip);
  const std::vector<Clip> all = load_clips(*c, folder.path);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, clip.name);
  EXPECT_EQ(all[0].source, clip.source);
  EXPECT_EQ(all[0].licence, clip.licence);
  EXPECT_EQ(all[0].category, clip.category);
  EXPECT_EQ(all[0].split, clip.split);
  EXPECT_EQ(all[0].fps, clip.fps);
  EXPECT_TRUE(all[0].loop);
  EXPECT_LT((all[0].qpos - clip.qpos).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Clip, EveryFlippedByteAndEveryTruncationIsNoticed) {
  const auto c = default_character();
  const TestFolder folder;
  const fs::path file = folder.path / "a.clip";
  save_clip(file, turning_clip(*c));
  const std::string bytes = read_file(file);
  for (std::size_t i = 0; i < bytes.size(); i += 11) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_THROW(load_clip(folder.write("b.clip", damaged)), InputError) << i;
    EXPECT_THROW(load_clip(folder.write("b.clip", bytes.substr(0, i))), InputError) << i;
  }
}

TEST(Clip, NamesAnLfsPointer) {
  const TestFolder folder;
  const fs::path file = folder.write("a.clip", "version https://git-lfs.github.com/spec/v1\n");
  try {
    load_clip(file);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("Git LFS pointer"), std::string::npos);
  }
}

TEST(Clip, RefusesAnotherCharacterAndAnEmptyFolder) {
  const auto c = default_character();
  const TestFolder folder;
  EXPECT_THROW(load_clips(*c, folder.path), InputError);
  EXPECT_THROW(load_clips(*c, folder.path / "none"), InputError);
  Clip clip = turning_clip(*c);
  clip.character = "other";
  save_clip(folder.path / "a.clip", clip);
  EXPECT_THROW(load_clips(*c, folder.path), InputError);
}

TEST(ClipVelocities, AreWorldLinearAndBodyAngular) {
  const auto c = default_character();
  const Eigen::MatrixXd v = clip_velocities(*c, turning_clip(*c));
  for (int t = 0; t < 20; ++t) {
    EXPECT_NEAR(v(0, t), 3.0, 1e-9);
    EXPECT_NEAR(v(1, t), 0.0, 1e-9);
    EXPECT_NEAR(v(5, t), 9.0, 1e-9);  // 0.3 rad a frame about z, past half a turn
    EXPECT_NEAR(v(8, t), -0.6, 1e-9);
  }
}

TEST(ClipTable, ReadsQuotedFieldsAndCategories) {
  const TestFolder folder;
  const fs::path csv = folder.write("clips.csv",
                                    "file,description,category,split,flags\r\n"
                                    "set/a.bvh,\"walk, \"\"slow\"\"\",a-locomotion,train,x\r\n"
                                    "set/b.amc,leap,b-jump,heldout,\r\n");
  const auto table = read_clip_table(csv);
  EXPECT_EQ(table.at("set/a").description, "walk, \"slow\"");
  EXPECT_EQ(table.at("set/a").category, "locomotion");
  EXPECT_EQ(table.at("set/b").category, "jump");
  EXPECT_EQ(table.at("set/b").split, "heldout");
  EXPECT_THROW(read_clip_table(folder.write("b.csv", "file,category\nx,y\n")), InputError);
  EXPECT_THROW(read_clip_table(folder.write("c.csv", "file,category,split\nx,y\n")), InputError);
}

TEST(ClipTable, KnowsTheLicencesOfTheSet) {
  EXPECT_EQ(licence_of_folder("deepmimic"), "MIT");
  EXPECT_EQ(licence_of_folder("bandai"), "CC-BY-NC-4.0");
  EXPECT_EQ(licence_of_folder("mine"), "unknown");
  EXPECT_TRUE(is_noncommercial("CC-BY-NC-4.0"));
  EXPECT_FALSE(is_noncommercial("CMU+MIT"));
}

}  // namespace
}  // namespace foresight
