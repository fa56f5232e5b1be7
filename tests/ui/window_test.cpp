// The real window on a virtual display, driven by real mouse and key events (xdotool). Run by
// with_display.sh. FORESIGHT_PICTURES=FOLDER keeps a picture of every test.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <thread>

#include "sim/base/error.h"
#include "sim/recording/replay.h"
#include "tests/sim/motion/motion_fixtures.h"
#include "tests/test_folder.h"
#include "tests/ui/tiny_planner.h"
#include "ui/app.h"
#include "ui/clip_view.h"
#include "ui/maze_view.h"
#include "ui/offscreen/png.h"

namespace foresight {
namespace {

class WindowTest : public ::testing::Test {
 protected:
  WindowTest() {
    setenv("XDG_CONFIG_HOME", (folder / "config").c_str(), 1);
    setenv("XDG_DATA_HOME", (folder / "data").c_str(), 1);
  }
  ~WindowTest() override {
    picture();
    app.reset();
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
    scroll_to(name);
    return state().marks[name];
  }
  /// The plot of costs pushes down what is below it when it appears.
  void wait_for_plot() {
    EXPECT_TRUE(wait([this] { return !state().measured.costs.empty(); }));
    frames(2);
  }
  // Bars at the top and bottom do not scroll.
  void scroll_to(const std::string& name) {
    static const std::set<std::string> kBars = {"play", "step",  "time", "speed",
                                                "Keys", "Mazes", "maze", "Take over"};
    const double top = 45, bottom = app->window().height() - 63;
    const bool in_list = name.find('/') != std::string::npos;
    for (int tries = 0; !in_list && !kBars.contains(name) && tries < 25; ++tries) {
      const ImVec4 r = state().marks[name];
      if (r.y > top && r.y + r.w < bottom) return;
      move(r.x + r.z / 2, 0.5 * app->window().height());
      events(r.y < top ? "click 4" : "click 5");
    }
  }
  void click(const std::string& name) {
    const ImVec4 r = find(name);
    move(r.x + r.z / 2, r.y + r.w / 2);
    events("click 1");
  }
  void key(const std::string& name) { events("key " + name); }

  /// Pixel of a point of the scene; it must be in sight.
  ImVec2 on_screen(const Eigen::Vector3d& point) {
    const PixelRect& r = state().scene_rect;
    double x = -1, y = -1;
    EXPECT_TRUE(state().camera.project(point, r.aspect(), 45, x, y));
    EXPECT_TRUE(x > 0 && x < 1 && y > 0 && y < 1) << "out of sight: " << x << ", " << y;
    return {static_cast<float>(r.x + x * r.width), static_cast<float>(r.y + y * r.height)};
  }
  void zoom_out(int notches) {
    const PixelRect& r = state().scene_rect;
    move(r.x + 0.5 * r.width, r.y + 0.2 * r.height);
    events("click --repeat " + std::to_string(notches) + " --delay 20 5");
    frames(10);
  }
  void drag(ImVec2 from, ImVec2 way) {
    move(from.x, from.y);
    events("mousedown 1");
    move(from.x + 0.6 * way.x, from.y + 0.6 * way.y);
    move(from.x + way.x, from.y + way.y);
    picture();
    events("mouseup 1");
  }

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

  const TestFolder temporary;
  const fs::path& folder = temporary.path;
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

TEST_F(WindowTest, KicksByKeyAndByDoubleClick) {
  AppOptions options;
  options.paused = true;
  open(options);
  frames(20);
  key("k");
  ASSERT_TRUE(wait([this] { return shot().characters[0].speed > 0.5; }, 5));
  const double before = shot().characters[0].speed;
  const ImVec2 at = on_screen(shot().characters[0].root_position);
  move(at.x, at.y);
  events("click --repeat 2 --delay 40 1");
  EXPECT_TRUE(wait([&] { return std::abs(shot().characters[0].speed - before) > 0.3; }, 5));
}

TEST_F(WindowTest, DragsATarget) {
  AppOptions options;
  options.task = "waypoint";
  options.paused = true;
  open(options);
  frames(20);
  const auto goal = [this] {
    return Eigen::Vector3d(state().setup.values[0], state().setup.values[1], 0);
  };
  const Eigen::Vector3d before = goal();
  picture("-out-of-sight");
  zoom_out(12);
  drag(on_screen(before), {-90, 60});
  EXPECT_GT((goal() - before).norm(), 0.2);
  EXPECT_TRUE(wait([this] { return shot().setup == state().setup; }, 5));
}

TEST_F(WindowTest, DragsAnObstacle) {
  AppOptions options;
  options.task = "pillars";
  options.paused = true;
  open(options);
  key("o");
  zoom_out(9);
  const mjModel* model = shot().model.get();
  int pillar = -1;
  for (int b = 1; b < model->nbody && pillar < 0; ++b) {
    const char* name = mj_id2name(model, mjOBJ_BODY, b);
    if (name != nullptr && std::string(name).starts_with("scene/") && model->body_dofnum[b] == 0) {
      pillar = b;
    }
  }
  ASSERT_GE(pillar, 0);
  const Eigen::Vector3d before = Eigen::Map<const Eigen::Vector3d>(model->body_pos + 3 * pillar);
  drag(on_screen(before), {60, 20});
  EXPECT_TRUE(wait(
      [&] {
        const Eigen::Map<const Eigen::Vector3d> now(shot().model->body_pos + 3 * pillar);
        return (now - before).norm() > 0.2;
      },
      5));
}

TEST_F(WindowTest, BallsForcesGuidanceAndCameras) {
  AppOptions options;
  options.task = "forest";
  open(options);
  ASSERT_TRUE(wait([this] { return shot().step > 5; }));
  for (const char* name : {"f", "v", "o", "b"}) key(name);
  EXPECT_TRUE(wait([this] { return !shot().contacts.empty(); }, 5));
  EXPECT_TRUE(wait([this] { return !shot().characters[0].plan->guidance.empty(); }, 10));
  picture("-all");
  for (int i = 1; i < kCameraModes; ++i) {
    key("c");
    EXPECT_EQ(static_cast<int>(state().camera.mode), i);
    frames(20);
    picture("-" + std::string(camera_mode_name(state().camera.mode)));
  }
}

TEST_F(WindowTest, SeveralCharacters) {
  open();
  wait_for_plot();
  const ImVec4 r = find("characters");
  move(r.x + 0.95 * r.z, r.y + r.w / 2);
  events("click 1");
  EXPECT_TRUE(wait([this] { return shot().characters.size() == 4; }, 10));
  EXPECT_TRUE(wait([this] { return shot().characters[3].plan != nullptr; }, 20));
  key("n");
  EXPECT_EQ(state().selected, 1);
  zoom_out(6);
}

TEST_F(WindowTest, AddsACostSavesTheTaskAndLoadsIt) {
  open();
  wait_for_plot();
  choose("Add a cost", "height");
  EXPECT_TRUE(wait([this] { return shot().setup.terms.size() == 1; }, 5));
  click("Save task");
  EXPECT_TRUE(wait([this] { return fs::exists(state().task_file); }, 5));
  picture();
  choose("Task", "waypoint");
  EXPECT_TRUE(wait([this] { return shot().setup.name == "waypoint"; }, 5));
  click("Load task");
  EXPECT_TRUE(wait([this] { return shot().setup.terms.size() == 1; }, 5));
}

TEST_F(WindowTest, ShowsDroppedMocapAndFollowsItWithTheExpert) {
  std::vector<fixtures::BvhFrame> motion;
  for (int f = 0; f < 300; ++f) {
    const double swing = std::sin(0.03 * f);
    motion.push_back({{"Hips.Yposition", 83.0},
                      {"LeftArm.Zrotation", -20 + 15 * swing},
                      {"RightArm.Zrotation", 20 + 15 * swing}});
  }
  open();
  write_file(folder / "arms.bvh", fixtures::bvh_text(motion));
  app->window().inject_drop(folder / "arms.bvh");
  ASSERT_TRUE(wait([this] { return state().clip != nullptr; }));
  frames(20);
  picture("-beside");
  click("Follow with the expert");
  EXPECT_TRUE(wait([this] { return shot().track_error >= 0; }, 20));
  frames(20);
}

TEST_F(WindowTest, SetsKeyPosesOnATimeLine) {
  open();
  click("Poses");
  click("Add the pose of now");
  click("Add the pose of now");
  ASSERT_EQ(state().poses.size(), 2u);
  const ImVec4 line = find("pose line");
  const double before = state().poses[1].seconds;
  // The line spans 3 s here; the second pose stands at 2 s.
  drag({line.x + 8 + (line.z - 16) * 2 / 3, line.y + line.w / 2}, {0.15F * line.z, 0});
  EXPECT_GT(state().poses[1].seconds, before + 0.2);
  EXPECT_GT(state().preview, 2);
  click("Run");
  EXPECT_TRUE(wait([this] { return shot().key_poses; }, 10));
  EXPECT_EQ(shot().setup.name, "free");
}

TEST_F(WindowTest, MazesOfferThePlannersThatShipAndPlanWithAnother) {
  open();
  click("Mazes");
  EXPECT_TRUE(state().maze->open);
  EXPECT_TRUE(fs::exists(state().maze->file));
  picture("-shipped");
  choose("Map", "large");
  picture("-large");
  choose("Planner", "medium");
  ASSERT_TRUE(wait([this] { return state().maze->session != nullptr; }));
  EXPECT_EQ(state().maze->session->layout().name, "medium");
  const fs::path file = folder / "planner.safetensors";
  write_tiny_planner(file);
  app->window().inject_drop(file);
  ASSERT_TRUE(wait([this] { return state().maze->layout().name == "umaze"; }));
  frames(2);
  const ImVec4 maze = find("maze");
  const float cell = maze.z / 5;
  move(maze.x + 1.5 * cell, maze.y + 1.5 * cell);
  events("click 1");
  ASSERT_TRUE(state().maze->start);
  move(maze.x + 1.5 * cell, maze.y + 3.5 * cell);
  events("click 1");
  ASSERT_TRUE(state().maze->goal);
  const std::shared_ptr<MazePlanning> run = state().maze->run;
  ASSERT_TRUE(run);
  EXPECT_TRUE(wait([&] {
    const std::lock_guard lock(run->mutex);
    return run->outcome.has_value();
  }));
  const auto calls = static_cast<double>(state().maze->request.calls);
  EXPECT_TRUE(wait([&] { return state().maze->shown > calls; }, 10));
  picture("-plan");
  write_file(folder / "wrong.safetensors", "no weights");
  app->window().inject_drop(folder / "wrong.safetensors");
  EXPECT_TRUE(wait([this] { return !state().toasts.empty() && state().toasts.back().bad; }, 5));
  EXPECT_TRUE(state().maze->session) << "the planner before stays";
  click("Mazes");
  EXPECT_FALSE(state().maze->open);
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
  picture("-at-the-start");
  state().load_checkpoint(shipped_checkpoint());
  ASSERT_TRUE(wait([this] { return state().model != nullptr; }));
  app->window().inject_drop(file);
  EXPECT_TRUE(wait([this] { return !state().toasts.empty() && state().toasts.back().bad; }, 5));
  const std::int64_t step = shot().step;
  EXPECT_TRUE(wait([&] { return shot().step > step + 3; }, 10)) << "the controller before goes on";
}

TEST_F(WindowTest, SkillsOfWeightsThatTakePromptsAreOffered) {
  open();
  EXPECT_FALSE(state().marks.contains("Skill")) << "the weights at the start take none";
  choose("Checkpoint", "prompted.safetensors");
  ASSERT_TRUE(wait([this] { return !state().model->prompts.empty(); }));
  choose("Skill", "zombie");
  EXPECT_EQ(state().skill, "zombie");
  EXPECT_FALSE(state().settings.simulation.controller.prompt.empty());
  const std::int64_t step = shot().step;
  EXPECT_TRUE(wait([&] { return shot().step > step + 45; }, 60));
  EXPECT_EQ(shot().state, RunState::kRunning);
  picture("-as-a-zombie");
  choose("Checkpoint", "lookahead.safetensors");
  ASSERT_TRUE(wait([this] { return state().model->prompts.empty(); }));
  EXPECT_TRUE(state().settings.simulation.controller.prompt.empty());
  EXPECT_TRUE(wait([&] { return shot().step > step + 50; }, 10));
}

TEST_F(WindowTest, AnErrorPausesAndAReportCanBeSaved) {
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
       {std::pair{1024, 640}, {640, 400}, {1600, 1000}, {3840, 2160}, {1280, 720}}) {
    app->window().set_size(width, height);
    EXPECT_TRUE(wait([&, w = width] { return app->window().width() == w; }, 5));
    state().settings.ui_scale = width > 2000 ? 2 : 1;
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
