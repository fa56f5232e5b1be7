// The real window on a virtual display, driven by real mouse and key events (xdotool). Run by
// with_display.sh. FORESIGHT_PICTURES=FOLDER keeps a picture of every test.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include "sim/base/error.h"
#include "sim/recording/replay.h"
#include "ui/app.h"
#include "ui/offscreen/png.h"

namespace foresight {
namespace {

class WindowTest : public ::testing::Test {
 protected:
  WindowTest() {
    std::string pattern = (fs::temp_directory_path() / "foresight-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    setenv("XDG_CONFIG_HOME", (folder / "config").c_str(), 1);
    setenv("XDG_DATA_HOME", (folder / "data").c_str(), 1);
  }
  ~WindowTest() override {
    picture();
    app.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  void open(AppOptions options = {}) {
    options.width = options.width > 0 ? options.width : 1280;
    options.height = options.height > 0 ? options.height : 720;
    options.threads = 1;
    options.in_step = true;  // no pause when the machine is busy with something else
    app = std::make_unique<App>(options);
    wait([this] { return !app->state().loader.busy() && app->state().marks.contains("play"); });
    app->window().focus();
    frames(3);
  }

  AppState& state() { return app->state(); }
  const Snapshot& shot() { return *app->state().shot; }

  void frames(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(app->frame());
  }

  /// Frames until it holds; false after a long time.
  template <typename Condition>
  bool wait(Condition condition, double seconds = 30) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      if (!app->frame()) return false;
    }
    return condition();
  }

  void events(const std::string& what) {
    ASSERT_EQ(std::system(("xdotool " + what).c_str()), 0) << what;
    frames(4);
  }
  std::string at(double x, double y) {
    int left, top;
    app->window().position(left, top);
    return std::to_string(left + static_cast<int>(x)) + " " +
           std::to_string(top + static_cast<int>(y));
  }
  void move(double x, double y) { events("mousemove " + at(x, y)); }

  /// Middle of a control by its name, scrolled to when it is out of sight.
  ImVec4 find(const std::string& name) {
    wait([&] { return state().marks.contains(name); }, 3);
    EXPECT_TRUE(state().marks.contains(name)) << name;
    return state().marks[name];
  }
  void click(const std::string& name) {
    const ImVec4 r = find(name);
    move(r.x + r.z / 2, r.y + r.w / 2);
    events("click 1");
  }
  void key(const std::string& name) { events("key " + name); }

  void choose(const std::string& list, const std::string& entry) {
    click(list);
    frames(3);
    click(list + "/" + entry);
  }

  void picture(const std::string& suffix = "") {
    const char* to = std::getenv("FORESIGHT_PICTURES");
    if (to == nullptr || !app) return;
    fs::create_directories(to);
    const std::string test =
        ::testing::UnitTest::GetInstance()->current_test_info()->name() + suffix;
    app->take_picture(fs::path(to) / (test + ".png"));
    app->frame();
  }

  fs::path folder;
  std::unique_ptr<App> app;
};

TEST_F(WindowTest, PlaysPausesAndSteps) {
  open();
  ASSERT_TRUE(wait([this] { return shot().state == RunState::kRunning; }));
  frames(30);
  key("space");
  ASSERT_TRUE(wait([this] { return shot().state == RunState::kPaused; }));
  const std::int64_t paused = shot().step;
  frames(10);
  EXPECT_EQ(shot().step, paused);
  key("period");
  EXPECT_TRUE(wait([&] { return shot().step == paused + 1; }));
  click("step");
  EXPECT_TRUE(wait([&] { return shot().step == paused + 2; }));
  click("play");
  EXPECT_TRUE(wait([&] { return shot().step > paused + 4; }));
}

TEST_F(WindowTest, SwitchesThroughEveryTask) {
  open();
  for (const TaskInfo& info : task_catalogue()) {
    choose("Task", info.name);
    wait([&] { return shot().setup.name == info.name || shot().state == RunState::kFailed; }, 5);
    const bool refused = shot().state == RunState::kFailed && !shot().message.empty();
    EXPECT_TRUE(refused || shot().setup.name == info.name) << info.name << ": " << shot().message;
    frames(6);
    picture("-" + info.name);
  }
}

TEST_F(WindowTest, ScrubsIntoThePastAndGoesOnFromThere) {
  open();
  ASSERT_TRUE(wait([this] { return shot().step > 45; }));
  key("space");
  const ImVec4 bar = find("time");
  move(bar.x + 0.3 * bar.z, bar.y + bar.w / 2);
  events("mousedown 1");
  events("mouseup 1");
  ASSERT_TRUE(wait([this] { return shot().timeline.in_past; }));
  const std::int64_t past = shot().timeline.position;
  EXPECT_LT(past, shot().timeline.last - 10);
  picture();
  key("space");
  EXPECT_TRUE(wait([&] { return !shot().timeline.in_past && shot().step > past; }));
  EXPECT_LT(shot().step, past + 30);
}

TEST_F(WindowTest, DISABLED_KicksByKeyAndByDoubleClick) {
  AppOptions options;
  options.paused = true;
  open(options);
  frames(20);
  key("k");
  ASSERT_TRUE(wait([this] { return shot().characters[0].speed > 0.5; }, 5));
  const PixelRect& r = state().scene_rect;
  double x, y;
  ASSERT_TRUE(state().camera.project(shot().characters[0].root_position, r.aspect(), 45, x, y));
  const double before = shot().characters[0].speed;
  move(r.x + x * r.width, r.y + y * r.height);
  events("click --repeat 2 --delay 40 1");
  EXPECT_TRUE(wait([&] { return std::abs(shot().characters[0].speed - before) > 0.3; }, 5));
}

TEST_F(WindowTest, DISABLED_DragsATarget) {
  AppOptions options;
  options.task = "waypoint";
  options.paused = true;
  open(options);
  frames(20);
  const auto goal = [this] {
    return Eigen::Vector3d(state().setup.values[0], state().setup.values[1], 0);
  };
  const Eigen::Vector3d before = goal();
  const PixelRect& r = state().scene_rect;
  double x, y;
  ASSERT_TRUE(state().camera.project(before, r.aspect(), 45, x, y));
  move(r.x + x * r.width, r.y + y * r.height);
  events("mousedown 1");
  move(r.x + x * r.width - 60, r.y + y * r.height + 40);
  move(r.x + x * r.width - 90, r.y + y * r.height + 60);
  picture();
  events("mouseup 1");
  EXPECT_GT((goal() - before).norm(), 0.2);
  EXPECT_TRUE(wait([this] { return shot().setup == state().setup; }, 5));
}

TEST_F(WindowTest, RecordsExportsAndReplays) {
  open();
  ASSERT_TRUE(wait([this] { return shot().state == RunState::kRunning; }));
  key("ctrl+r");
  ASSERT_TRUE(wait([this] { return shot().recorded > 1; }));
  key("ctrl+r");
  ASSERT_TRUE(wait([this] { return shot().recorded < 0 && !state().recordings.empty(); }, 5));
  const fs::path file = state().recordings.front();
  RecordingReader reader = RecordingReader::open(file);
  EXPECT_FALSE(replay(reader, default_character()).difference);
  click("Record");
  click("Export");
  EXPECT_TRUE(wait([&] { return fs::exists(fs::path(file).replace_extension(".bvh")); }));
  click("Open");
  ASSERT_TRUE(wait([this] { return shot().timeline.playback; }, 5));
  picture();
  click("Take over");
  EXPECT_TRUE(wait([this] { return !shot().timeline.playback; }, 5));
}

TEST_F(WindowTest, SteersByKeys) {
  open();
  ASSERT_TRUE(wait([this] { return shot().state == RunState::kRunning; }));
  events("keydown w");
  EXPECT_TRUE(wait([this] { return state().by_keys && state().steer.forward > 1; }, 5));
  EXPECT_TRUE(wait([this] { return shot().setup.values[0] > 1; }, 5));
  picture();
  events("keyup w");
  EXPECT_TRUE(wait([this] { return state().steer.forward == 0; }, 5));
}

TEST_F(WindowTest, ABrokenCheckpointIsAMessageAndNothingElse) {
  const fs::path file = folder / "broken.safetensors";
  write_file(file, "these are no weights");
  AppOptions options;
  options.checkpoint = file;
  open(options);
  ASSERT_TRUE(wait([this] { return !state().toasts.empty(); }, 5));
  EXPECT_TRUE(state().toasts.front().bad);
  EXPECT_NE(state().toasts.front().text.find("broken.safetensors"), std::string::npos);
  frames(20);
}

TEST_F(WindowTest, DISABLED_AnErrorPausesAndAReportCanBeSaved) {
  open();
  ASSERT_TRUE(wait([this] { return shot().state == RunState::kRunning; }));
  state().sim.post([](Simulation& s) { s.world().data().qvel[4] = 1e12; });
  ASSERT_TRUE(wait([this] { return shot().state == RunState::kFailed; }, 10));
  frames(5);
  picture();
  click("Save report");
  EXPECT_TRUE(wait(
      [this] {
        for (const auto& entry : fs::directory_iterator(folder / "data/foresight/recordings")) {
          if (entry.path().extension() == ".json") return true;
        }
        return false;
      },
      5));
  click("Go on");
  EXPECT_TRUE(wait([this] { return shot().state == RunState::kRunning; }, 10));
}

TEST_F(WindowTest, SurvivesEverySize) {
  open();
  for (const auto& [width, height] :
       {std::pair{1024, 640}, {640, 400}, {1600, 1000}, {1280, 720}}) {
    app->window().set_size(width, height);
    EXPECT_TRUE(wait([&, w = width] { return app->window().width() == w; }, 5));
    frames(5);
    const PixelRect& r = state().scene_rect;
    EXPECT_GT(r.width, width / 4);
    EXPECT_LE(r.x + r.width, width);
    picture("-" + std::to_string(width));
  }
}

TEST_F(WindowTest, OpensDroppedFilesAndSaysWhatItCannotRead) {
  open();
  write_file(folder / "task.json", R"({"task": "joystick", "values": {"speed": 0.7}})");
  app->window().inject_drop(folder / "task.json");
  EXPECT_TRUE(wait([this] { return shot().setup.values[0] == 0.7; }, 5));
  write_file(folder / "letter.txt", "Dear character");
  app->window().inject_drop(folder / "letter.txt");
  EXPECT_TRUE(wait([this] { return !state().toasts.empty() && state().toasts.back().bad; }, 5));
}

TEST_F(WindowTest, HelpThemesAndHints) {
  AppOptions options;
  options.settings = folder / "config" / "app.json";
  open(options);
  EXPECT_TRUE(state().hints_open);
  picture("-hints");
  click("Start");
  EXPECT_FALSE(state().hints_open);
  key("F1");
  EXPECT_TRUE(state().help_open);
  picture("-help");
  key("Escape");
  EXPECT_FALSE(state().help_open);
  key("F4");
  EXPECT_FALSE(state().settings.dark);
  frames(5);
  picture("-light");
  app.reset();
  std::string problem;
  const Settings saved = load_settings(options.settings, problem);
  EXPECT_TRUE(saved.hints_seen);
  EXPECT_FALSE(saved.dark);
}

TEST_F(WindowTest, RandomInputDoesNoHarm) {
  AppOptions options;
  options.monkey_seconds = 10;
  options.seed = 7;
  options.width = 1280;
  options.height = 720;
  options.in_step = true;
  app = std::make_unique<App>(options);
  app->run();
}

TEST(NoDisplay, IsSaidWithTheCommandsThatNeedNone) {
  const std::string display = std::getenv("DISPLAY");
  unsetenv("DISPLAY");
  try {
    Window window({});
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("foresight run"), std::string::npos);
  }
  setenv("DISPLAY", display.c_str(), 1);
}

}  // namespace
}  // namespace foresight
