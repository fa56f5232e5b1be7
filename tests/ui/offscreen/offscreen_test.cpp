#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/base/error.h"
#include "tests/test_folder.h"
#include "tests/ui/offscreen/can_render.h"
#include "ui/offscreen/png.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

/// Puts an environment variable back at the end.
struct Environment {
  Environment(const char* variable, const char* value) : name(variable) {
    const char* old = std::getenv(variable);
    had = old != nullptr;
    if (had) before = old;
    setenv(variable, value, 1);
  }
  ~Environment() {
    if (had) {
      setenv(name, before.c_str(), 1);
    } else {
      unsetenv(name);
    }
  }
  const char* name;
  std::string before;
  bool had = false;
};

World world() { return World(default_character(), Scene{}); }

int different_pixels(const Image& a, const Image& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.rgb.size(); i += 3) {
    count += std::abs(a.rgb[i] - b.rgb[i]) + std::abs(a.rgb[i + 1] - b.rgb[i + 1]) +
                 std::abs(a.rgb[i + 2] - b.rgb[i + 2]) >
             30;
  }
  return count;
}

Image plain(int width, int height, std::uint8_t value) {
  return {width, height, std::vector<std::uint8_t>(3 * width * height, value)};
}

TEST(Camera, FollowsAMovingPointWithoutOvershoot) {
  SmoothPoint point;
  point.follow({0, 0, 1}, 0.033, 0.3);
  EXPECT_EQ(point.position().x(), 0);  // the first call jumps
  double last = 0;
  for (int i = 0; i < 90; ++i) {
    const double x = point.follow({1, 0, 1}, 1.0 / 30, 0.3).x();
    EXPECT_GE(x, last - 1e-12);
    EXPECT_LE(x, 1 + 1e-12);
    last = x;
  }
  EXPECT_NEAR(last, 1, 1e-4);
  EXPECT_EQ(point.follow({20, 0, 1}, 1.0 / 30, 0.3).x(), 20);  // too far to glide
}

TEST(Camera, UnknownModesAreNamed) {
  EXPECT_EQ(camera_mode_from_name("top"), Camera::Mode::kTop);
  EXPECT_THROW(camera_mode_from_name("drone"), InputError);
}

TEST(Renderer, ShowsTheCharacterTheFloorAndTheSky) {
  if (!can_render()) GTEST_SKIP() << "no OpenGL here";
  World w = world();
  OffscreenRenderer renderer(w.model(), 160, 90);
  const Image with = renderer.render(w.data());
  ASSERT_EQ(with.rgb.size(), 3u * 160 * 90);
  std::vector<double> far_away(w.qpos().begin(), w.qpos().end());
  const std::vector<double> zero(w.character().nv, 0.0);
  renderer.camera().mode = Camera::Mode::kFixed;
  far_away[0] = 100;
  w.set_state(far_away, zero);
  EXPECT_GT(different_pixels(with, renderer.render(w.data())), 200);
  const std::uint8_t* sky = with.rgb.data();
  const std::uint8_t* floor = with.rgb.data() + 3 * (160 * 88 + 5);
  EXPECT_GT(sky[2], sky[0]);  // bluish
  EXPECT_LT(std::abs(floor[2] - floor[0]), 40);
}

TEST(Renderer, ShowsMarkersGhostsAndCaption) {
  if (!can_render()) GTEST_SKIP() << "no OpenGL here";
  World w = world();
  OffscreenRenderer renderer(w.model(), 320, 180);
  const Image without = renderer.render(w.data());
  Overlay sphere, ghost, caption;
  // Beside the character, which hides what lies on the camera's line through it: the disc has a
  // radius of some 12 px.
  sphere.markers.push_back(
      {Marker::Shape::kSphere, {-0.5, 0.5, 0.5}, {0, 0, 0}, 0.2, {1, 0, 0, 1}});
  ghost.ghosts.push_back({{w.qpos().begin(), w.qpos().end()}, 0, {0, 0.5f, 1, 0.5f}});
  ghost.ghosts[0].qpos[0] += 0.7;
  caption.caption = "caption";
  EXPECT_GT(different_pixels(without, renderer.render(w.data(), sphere)), 300);
  EXPECT_GT(different_pixels(without, renderer.render(w.data(), ghost)), 300);
  EXPECT_GT(different_pixels(without, renderer.render(w.data(), caption)), 20);
}

TEST(Renderer, FollowsTheCharacterWhereItGoes) {
  if (!can_render()) GTEST_SKIP() << "no OpenGL here";
  World w = world();
  OffscreenRenderer renderer(w.model(), 160, 90);
  const Image here = renderer.render(w.data());
  std::vector<double> there(w.qpos().begin(), w.qpos().end());
  const std::vector<double> zero(w.character().nv, 0.0);
  there[0] += 20;  // ten checks of the floor
  w.set_state(there, zero);
  EXPECT_LT(different_pixels(here, renderer.render(w.data())), 160 * 90 / 20);
}

TEST(Png, ASequenceAppearsAsAWholeInPlaceOfTheLastOne) {
  const TestFolder folder;
  const fs::path frames = folder.path / "all";
  {
    PngSequence stopped(frames / "");
    stopped.add(plain(4, 2, 1));
  }
  EXPECT_EQ(folder.files(), 0);
  for (const int count : {3, 2}) {
    PngSequence sequence(frames);
    for (int i = 0; i < count; ++i) sequence.add(plain(4, 2, 10 * count));
    sequence.finish();
  }
  write_png(folder.path / "same.png", plain(4, 2, 20));
  EXPECT_EQ(read_file(frames / "frame_000001.png"), read_file(folder.path / "same.png"));
  EXPECT_FALSE(fs::exists(frames / "frame_000002.png"));
  EXPECT_FALSE(fs::exists(folder.path / "all.part"));
  folder.write("file", "x");
  EXPECT_THROW(PngSequence(folder.path / "file" / "all"), InputError);
}

TEST(Png, WritesAFileThatBeginsAsPng) {
  const TestFolder folder;
  write_png(folder.path / "a.png", plain(4, 2, 200));
  EXPECT_TRUE(read_file(folder.path / "a.png").starts_with("\x89PNG\r\n"));
  EXPECT_THROW(write_png(folder.path / "none" / "a.png", plain(4, 2, 200)), InputError);
}

TEST(Video, WritesAnMp4OnlyWhenFinished) {
  if (!have_ffmpeg()) GTEST_SKIP() << "no ffmpeg here";
  const TestFolder folder;
  {
    VideoWriter dropped(folder.path / "dropped.mp4", 64, 36, 30);
    dropped.add(plain(64, 36, 10));
  }
  EXPECT_EQ(folder.files(), 0);
  VideoWriter writer(folder.path / "a.mp4", 64, 36, 30);
  for (int i = 0; i < 10; ++i) writer.add(plain(64, 36, static_cast<std::uint8_t>(20 * i)));
  writer.finish();
  EXPECT_EQ(folder.files(), 1);
  const std::string bytes = read_file(folder.path / "a.mp4");
  EXPECT_EQ(bytes.substr(4, 4), "ftyp");
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));  // faststart
}

TEST(Video, OddSizesAndUnwritableFoldersAreRefused) {
  if (!have_ffmpeg()) GTEST_SKIP() << "no ffmpeg here";
  const TestFolder folder;
  EXPECT_THROW(VideoWriter(folder.path / "a.mp4", 63, 36, 30), InputError);
  EXPECT_THROW(VideoWriter(folder.path / "none" / "a.mp4", 64, 36, 30), InputError);
  EXPECT_EQ(folder.files(), 0);
}

TEST(Video, AMissingFfmpegIsNamed) {
  const TestFolder folder;
  const Environment path("PATH", folder.path.c_str());
  EXPECT_FALSE(have_ffmpeg());
  try {
    VideoWriter(folder.path / "a.mp4", 64, 36, 30);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("ffmpeg"), std::string::npos);
  }
}

// A program named ffmpeg that stops at once: writing to it must be an error, not the end of ours.
TEST(Video, AnFfmpegThatDiesIsAnError) {
  const TestFolder folder;
  fs::create_directory(folder.path / "bin");
  write_file(folder.path / "bin" / "ffmpeg", "#!/bin/sh\necho 'no such encoder' >&2\nexit 1\n");
  fs::permissions(folder.path / "bin" / "ffmpeg", fs::perms::owner_all);
  const Environment path("PATH", (folder.path / "bin").c_str());
  VideoWriter writer(folder.path / "a.mp4", 640, 360, 30);
  try {
    for (int i = 0; i < 50; ++i) writer.add(plain(640, 360, 0));
    writer.finish();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("no such encoder"), std::string::npos);
  }
  EXPECT_EQ(folder.files(), 1);
}

}  // namespace
}  // namespace foresight
