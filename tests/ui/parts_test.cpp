// The parts of the window that need no window.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "controller/surroundings.h"
#include "sim/base/error.h"
#include "tests/test_folder.h"
#include "ui/bindings.h"
#include "ui/handles.h"
#include "ui/live/key_poses.h"
#include "ui/live/model_loader.h"
#include "ui/orbit_camera.h"
#include "ui/panels/panels.h"
#include "ui/plan_drawing.h"
#include "ui/plot.h"
#include "ui/quality.h"
#include "ui/settings.h"
#include "ui/steering.h"

namespace foresight {
namespace {

TEST(Bindings, NoTwoShareAKeyOrButton) { EXPECT_EQ(duplicate_binding(bindings()), ""); }

TEST(Bindings, ADuplicateIsNamed) {
  std::vector<Binding> table(bindings().begin(), bindings().end());
  Binding again = binding_of(Action::kKick);
  again.what = "Kick harder";
  table.push_back(again);
  const std::string found = duplicate_binding(table);
  EXPECT_NE(found.find("Kick the character"), std::string::npos) << found;
  EXPECT_NE(found.find("Kick harder"), std::string::npos) << found;
}

TEST(Bindings, EveryOneHasATextAndAnAction) {
  for (const Binding& b : bindings()) {
    EXPECT_FALSE(key_text(b).empty()) << b.what;
    EXPECT_EQ(&binding_of(b.action), &b) << b.what << " shares its action";
  }
  EXPECT_EQ(key_text(binding_of(Action::kRecord)), "Ctrl+R");
  EXPECT_EQ(find_key('R', 0), nullptr);
  EXPECT_EQ(find_key('R', 2)->action, Action::kRecord);
  EXPECT_EQ(find_key('W', 0), nullptr) << "held keys are not presses";
}

TEST(Settings, RoundTrip) {
  const TestFolder folder;
  Settings s;
  s.dark = false;
  s.view.ghost_count = 7;
  s.task = "waypoint";
  const fs::path file = folder.path / "new" / "app.json";
  save_settings(file, s);
  std::string problem;
  const Settings back = load_settings(file, problem);
  EXPECT_EQ(problem, "");
  EXPECT_FALSE(back.dark);
  EXPECT_TRUE(back.view == s.view);
  EXPECT_EQ(back.task, "waypoint");
}

TEST(Settings, BrokenFilesAndValuesGiveDefaults) {
  const TestFolder folder;
  std::string problem;
  EXPECT_TRUE(load_settings(folder.path / "none.json", problem).dark);
  EXPECT_EQ(problem, "");
  write_file(folder.path / "broken.json", "{\"dark\": fal");
  EXPECT_TRUE(load_settings(folder.path / "broken.json", problem).dark);
  EXPECT_NE(problem.find("broken.json"), std::string::npos);
  write_file(folder.path / "odd.json", "{\"ghost_count\": 4000, \"dark\": 3, \"width\": 900}");
  const Settings odd = load_settings(folder.path / "odd.json", problem);
  EXPECT_EQ(odd.view.ghost_count, ViewSettings().ghost_count);
  EXPECT_TRUE(odd.dark);
  EXPECT_EQ(odd.width, 900);
}

TEST(OrbitCamera, RayAndProjectionAreInverse) {
  OrbitCamera camera;
  camera.azimuth = 70;
  camera.elevation = -25;
  camera.update({{1, 2, 0.9}, {1, 2, 1.6}, 0}, 0.1);
  for (const double x : {0.1, 0.5, 0.9}) {
    for (const double y : {0.2, 0.5, 0.8}) {
      const Ray ray = camera.ray(x, y, 1.6, 45);
      double px, py;
      ASSERT_TRUE(camera.project(ray.from + 3 * ray.direction, 1.6, 45, px, py));
      EXPECT_NEAR(px, x, 1e-9);
      EXPECT_NEAR(py, y, 1e-9);
    }
  }
  double px, py;
  const Ray ray = camera.ray(0.5, 0.5, 1.6, 45);
  EXPECT_FALSE(camera.project(ray.from - ray.direction, 1.6, 45, px, py)) << "behind the camera";
}

TEST(OrbitCamera, LooksAtItsSubjectFromItsDistance) {
  OrbitCamera camera;
  camera.distance = 3;
  camera.update({{5, 0, 1}, {5, 0, 1.6}, 0}, 0.1);
  const Ray ray = camera.ray(0.5, 0.5, 1, 45);
  EXPECT_NEAR((ray.from - Eigen::Vector3d(5, 0, 0.95)).norm(), 3, 1e-9);
  EXPECT_NEAR((ray.from + 3 * ray.direction - Eigen::Vector3d(5, 0, 0.95)).norm(), 0, 1e-9);
}

TEST(OrbitCamera, RaysMeetTheGround) {
  Eigen::Vector3d point;
  EXPECT_TRUE((Ray{{0, 0, 2}, {0.6, 0, -0.8}}.meets_plane(0, point)));
  EXPECT_NEAR(point.x(), 1.5, 1e-12);
  EXPECT_FALSE((Ray{{0, 0, 2}, {0.6, 0, 0.8}}.meets_plane(0, point)));
  EXPECT_FALSE((Ray{{0, 0, 2}, {1, 0, 0}}.meets_plane(0, point)));
}

TEST(OrbitCamera, TellsTheWayToWhatIsOutOfSight) {
  OrbitCamera camera;
  camera.azimuth = 0;  // looks along +x, so that -y is on the right
  camera.elevation = 0;
  camera.update({}, 0.1);
  const double height = camera.focus().z();
  EXPECT_NEAR(camera.direction_on_screen({0, -50, height}).x(), 1, 1e-9);
  EXPECT_NEAR(camera.direction_on_screen({-90, 50, height}).x(), -1, 1e-9) << "behind";
  EXPECT_NEAR(camera.direction_on_screen({0, 0, height + 9}).y(), -1, 1e-9) << "up";
}

TEST(ObstacleField, CoversTheGroundNearObstaclesOnly) {
  Surroundings around;
  Overlay nothing, field;
  add_obstacle_field(around, {0, 0}, nothing);
  EXPECT_TRUE(nothing.markers.empty());
  Obstacle pillar;
  pillar.centre = {1, 0, 1};
  pillar.half = {0.2, 0.2, 1};
  around.obstacles.push_back(pillar);
  add_obstacle_field(around, {0, 0}, field);
  EXPECT_GT(field.markers.size(), 20u);
  for (const Marker& m : field.markers) {
    EXPECT_LT((m.from - Eigen::Vector3d(1, 0, m.from.z())).norm(), 1.5);
  }
}

TEST(KeyPoses, ThePreviewGoesStraightFromPoseToPose) {
  const auto character = default_character();
  std::vector<double> start(character->nq, 0.0);
  start[3] = 1;
  std::vector<double> first = start, second = start;
  first[0] = 1;
  second[7] = 0.4;
  second[0] = 2;
  const std::vector<KeyPose> poses = {{2, second}, {1, first}};  // in any order
  EXPECT_NEAR(pose_between(*character, start, poses, 0.25)[0], 0.25, 1e-9);
  EXPECT_NEAR(pose_between(*character, start, poses, 1.5)[0], 1.5, 1e-9);
  EXPECT_NEAR(pose_between(*character, start, poses, 1.5)[7], 0.2, 1e-9);
  EXPECT_EQ(pose_between(*character, start, poses, 9), second);
}

TEST(Checkpoints, OnlyLookaheadModelsAreFound) {
  const TestFolder folder;
  const std::map<std::string, std::string> contracts = {{"a", R"({"kind": "lookahead"})"},
                                                        {"b", R"({"kind": "expert"})"},
                                                        {"c", R"({"kind": 3})"},
                                                        {"d", "not JSON"},
                                                        {"f", R"({"kind": "lookahead"})"}};
  for (const auto& [name, text] : contracts) {
    folder.write(name + ".safetensors", "weights");
    folder.write(name + ".json", text);
  }
  folder.write("e.safetensors", "without a contract");
  const std::vector<fs::path> wanted = {folder.path / "a.safetensors",
                                        folder.path / "f.safetensors"};
  EXPECT_EQ(find_checkpoints(folder.path), wanted);
}

TEST(Quality, GoesDownWhenSlowAndStaysThere) {
  QualityGovernor governor(/*software_rendering=*/false);
  const int start = governor.level();
  double now = 0;
  for (; now < 10; now += 0.05) governor.note(0.05, now, false);
  EXPECT_LT(governor.level(), start);
  const int low = governor.level();
  for (; now < 200; now += 0.01) governor.note(0.001, now, false);
  EXPECT_LE(governor.level(), low) << "a level that proved too slow is not tried again";
}

TEST(Quality, GoesUpWhenThereIsTime) {
  QualityGovernor governor(/*software_rendering=*/true);
  const int start = governor.level();
  for (double now = 0; now < 60; now += 0.02) governor.note(0.002, now, false);
  EXPECT_GT(governor.level(), start);
}

TEST(Quality, MakesRoomForTheSimulation) {
  QualityGovernor governor(true);
  for (double now = 0; now < 10; now += 0.02) governor.note(0.001, now, true);
  EXPECT_EQ(governor.level(), 0);
  EXPECT_NE(quality_note(0), "");
  EXPECT_EQ(quality_note(kQualityLevels - 1), "");
}

TEST(Plot, AxesEndAtRoundNumbers) {
  EXPECT_FLOAT_EQ(nice_ceiling(0.7F), 1);
  EXPECT_FLOAT_EQ(nice_ceiling(1.2F), 2);
  EXPECT_FLOAT_EQ(nice_ceiling(33), 50);
  EXPECT_FLOAT_EQ(nice_ceiling(0), 1);
  EXPECT_FLOAT_EQ(nice_ceiling(NAN), 1);
  Trace trace(3);
  for (const float v : {1.0F, 2.0F, 3.0F, 4.0F}) trace.add(v);
  EXPECT_EQ(trace.values(), (std::vector<float>{2, 3, 4}));
}

TEST(Layout, PanelsNeverOverlapAndTheSceneKeepsAThird) {
  for (const auto& [width, height] :
       {std::pair{1024, 640}, {1280, 720}, {3840, 2160}, {640, 400}}) {
    for (const float scale : {1.0F, 1.5F, 2.0F}) {
      const Layout l = make_layout(width, height, scale, true, true);
      EXPECT_GE(l.scene.width, std::min(width / 3, 16)) << width;
      EXPECT_EQ(l.task.width + l.scene.width + l.inspector.width, width);
      EXPECT_LE(l.top.height + l.scene.height + l.timeline.height, std::max(height, 16 + 204));
      EXPECT_EQ(l.scene.x, l.task.width);
    }
  }
  EXPECT_GT(make_layout(1024, 640, 1, true, true).inspector.width, 200);
}

TEST(Handles, AreFoundByNameAndKeptInRange) {
  TaskInfo info;
  info.parameters = {{"speed", "m/s", "", 0, 4, 1},      {"goal_x", "m", "", -5, 5, 3},
                     {"goal_y", "m", "", -5, 5, 1},      {"x", "m", "", -9, 9, 0},
                     {"y", "m", "", -9, 9, 0},           {"z", "m", "", 0, 2, 1},
                     {"hid_x", "m", "", -9, 9, 0, true}, {"hid_y", "m", "", -9, 9, 0, true}};
  std::vector<double> values = {1, 3, 1, 0.5, 0.6, 1.2, 7, 7};
  const auto handles = handles_of(info, values);
  ASSERT_EQ(handles.size(), 2u);
  EXPECT_EQ(handles[0].name, "goal");
  EXPECT_EQ(handles[0].position, Eigen::Vector3d(3, 1, 0));
  EXPECT_EQ(handles[1].position, Eigen::Vector3d(0.5, 0.6, 1.2));
  move_handle(handles[0], {40, -2, 0}, info, values);
  EXPECT_EQ(values, (std::vector<double>{1, 5, -2, 0.5, 0.6, 1.2, 7, 7}));
  move_handle(handles[1], {1, 2, 9}, info, values);
  EXPECT_EQ(values[5], 2);
}

TEST(Steering, RisesSmoothlyAndComesBack) {
  SteerFilter filter;
  const SteerCommand wanted{1.3, 0, 1.4};
  EXPECT_GT(filter.step(wanted, 0.05).forward, 0);
  EXPECT_LT(filter.step(wanted, 0.05).forward, 1.3);
  for (int i = 0; i < 20; ++i) filter.step(wanted, 0.05);
  EXPECT_TRUE(filter.step(wanted, 0.05) == wanted);
  for (int i = 0; i < 20; ++i) filter.step({}, 0.05);
  EXPECT_TRUE(filter.step({}, 0.05) == SteerCommand{});
  EXPECT_TRUE(stronger({1, 0, -0.2}, {-0.5, 0.3, 0.1}) == (SteerCommand{1, 0.3, -0.2}));
}

}  // namespace
}  // namespace foresight
