// Exports end with a whole file or with a message and no file.
#include "ui/offscreen/export_recording.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "sim/base/error.h"
#include "tests/error_of.h"
#include "tests/sim/recording/recording_fixtures.h"
#include "tests/ui/offscreen/can_render.h"
#include "ui/offscreen/png.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

const std::vector<std::string> kMotionFiles = {"bvh", "glb", "npz", "csv", "usda", "mjcf"};

RecordingReader& reader() {
  static RecordingReader shared(recorded_bytes({45}), "test");
  return shared;
}

ExportOptions options(const std::string& format, const fs::path& out) {
  ExportOptions o;
  o.format = format;
  o.out = out;
  o.width = 160;
  o.height = 90;
  return o;
}

void write(const ExportOptions& o) { export_recording(reader(), default_character(), o, {}); }

TEST(Export, WritesEveryMotionFile) {
  const TestFolder folder;
  for (const std::string& format : kMotionFiles) {
    write(options(format, folder.path / ("a." + format)));
    EXPECT_GT(fs::file_size(folder.path / ("a." + format)), 1000u) << format;
  }
  EXPECT_EQ(folder.files(), 7) << "csv has its description beside it";
}

TEST(Export, OneSceneGivesTheSameFilesAsItsRecording) {
  const TestFolder folder;
  const SceneMotion motion = scene_motion(reader(), default_character(), 0);
  for (const std::string& format : kMotionFiles) {
    write(options(format, folder.path / "a"));
    export_scene(motion, default_character(), options(format, folder.path / "b"));
    EXPECT_EQ(read_file(folder.path / "a"), read_file(folder.path / "b")) << format;
  }
}

TEST(Export, NamesTellTheFormat) {
  EXPECT_EQ(format_from_name("run.bvh"), "bvh");
  EXPECT_EQ(format_from_name("a.b/run.xml"), "mjcf");
  EXPECT_NE(error_of([] { format_from_name("run.fbx"); }).find(".bvh"), std::string::npos);
  EXPECT_THROW(format_from_name("run"), InputError);
}

TEST(Export, WhatIsThereIsOnlyReplacedWhenForced) {
  const TestFolder folder;
  write_file(folder.path / "a.bvh", "mine");
  write_file(folder.path / "b.json", "mine too");
  EXPECT_NE(
      error_of([&] { check_export(options("bvh", folder.path / "a.bvh"), false); }).find("--force"),
      std::string::npos);
  EXPECT_NE(
      error_of([&] { check_export(options("csv", folder.path / "b.csv"), false); }).find("b.json"),
      std::string::npos);
  EXPECT_NO_THROW(check_export(options("bvh", folder.path / "a.bvh"), true));
  EXPECT_NO_THROW(check_export(options("bvh", folder.path / "c.bvh"), false));
}

TEST(Export, FoldersThatAreMissingOrNotWritableAreNamed) {
  const TestFolder folder;
  const fs::path none = folder.path / "none" / "a.bvh";
  EXPECT_NE(error_of([&] { check_export(options("bvh", none), false); }).find("none"),
            std::string::npos);
  for (const std::string& format : kMotionFiles) {
    // Nobody can make files there, not even root.
    const std::string error = error_of([&] { write(options(format, "/proc/foresight.out")); });
    EXPECT_NE(error.find("/proc/foresight.out"), std::string::npos) << format << ": " << error;
  }
}

TEST(Export, AFullDiskIsAMessageAndLeavesNoFile) {
  for (const std::string& format : kMotionFiles) {
    const TestFolder folder;
    reader();
    const pid_t child = fork();
    if (child == 0) {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{4000, 4000};
      setrlimit(RLIMIT_FSIZE, &limit);
      _exit(error_of([&] { write(options(format, folder.path / "a.out")); }).empty() ? 0 : 7);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 7) << format;
    EXPECT_EQ(folder.files(), 0) << format;
  }
}

TEST(Export, AStoppedFilmLeavesNoFile) {
  if (!have_ffmpeg() || !can_render()) GTEST_SKIP() << "no ffmpeg or OpenGL here";
  const TestFolder folder;
  export_recording(reader(), default_character(), options("mp4", folder.path / "a.mp4"),
                   [](double done) { return done < 0.5; });
  EXPECT_EQ(folder.files(), 0);
  write(options("mp4", folder.path / "a.mp4"));
  EXPECT_EQ(folder.files(), 1);
}

// Two renderers draw every second picture each; that must not show.
TEST(Export, PicturesAreThoseOfOneRenderer) {
  if (!can_render()) GTEST_SKIP() << "no OpenGL here";
  const TestFolder folder;
  ExportOptions o = options("png", folder.path / "all");
  o.every = 9;
  write(o);
  const SceneMotion motion = scene_motion(reader(), default_character(), 0);
  OffscreenRenderer renderer(*motion.model, o.width, o.height);
  const DataPtr data(mj_makeData(motion.model.get()));
  for (int i = 0; i < 5; ++i) {
    show_frame(motion, 9 * i, *data);
    write_png(folder.path / "one.png", renderer.render(*data, {}, 9 / motion.fps));
    EXPECT_EQ(read_file(folder.path / "one.png"),
              read_file(folder.path / "all" / ("frame_00000" + std::to_string(i) + ".png")))
        << i;
  }
  EXPECT_FALSE(fs::exists(folder.path / "all" / "frame_000005.png"));
}

}  // namespace
}  // namespace foresight
