// App: the desktop program. One frame at a time, so that tests can drive it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "ui/app_state.h"
#include "ui/monkey.h"
#include "ui/plan_drawing.h"
#include "ui/pose_blend.h"
#include "ui/quality.h"
#include "ui/scene_input.h"
#include "ui/steering.h"
#include "ui/window.h"

namespace foresight {

struct AppOptions {
  fs::path settings;       // file; empty: nothing is remembered
  std::string task, open;  // empty: as last time; a file to open
  std::string checkpoint, device;
  std::string maze;           // a maze planner to show instead of the character
  int threads = 0;            // of the network; 0: half of the cores
  int width = 0, height = 0;  // 0: as last time
  std::optional<bool> dark;
  std::string panel;          // controller, view or record
  fs::path screenshot;        // written after `frames` pictures, then the app ends
  int frames = 0;             // pictures after which the app ends; 0: never
  double monkey_seconds = 0;  // random input for so long
  std::uint64_t seed = 0;
  bool paused = false;
  bool in_step = false;  // physics waits for plans
  bool hidden = false;
};

class App {
 public:
  /// Opens the window. Throws InputError without a display.
  explicit App(const AppOptions& options);
  ~App();

  /// Draws one picture and carries out what the user did. False when the app should end.
  bool frame();
  /// Frames until the end.
  void run();

  /// Saves the next picture.
  void take_picture(const fs::path& file) { picture_ = file; }

  AppState& state() { return *state_; }
  Window& window() { return *window_; }
  /// Seconds from the start to the first picture.
  double start_seconds() const { return start_seconds_; }
  /// What the simulation measured since the last call; with `restart` the count begins anew.
  SimTiming collect_timing(bool restart);

 private:
  using Clock = std::chrono::steady_clock;

  void make_simulation(const AppOptions& options);
  void apply_options(const AppOptions& options);
  void adapt_look();
  void take_events();
  void do_window_action(Action action);
  void take_loaded_model();
  void take_finished_jobs();
  void steer(double dt);
  void measure(double work);
  void take_timing();
  void govern(double work);
  void note_recording();
  void draw_scene(double dt);
  void draw_panels();
  void finish_frame();
  void save_picture(const fs::path& file, const Image& image);
  void wait_for_next_picture();

  AppOptions options_;
  Clock::time_point started_, frame_begin_, next_picture_;
  std::unique_ptr<Window> window_;
  std::shared_ptr<const Character> character_;
  std::unique_ptr<SimThread> sim_;
  std::unique_ptr<AppState> state_;
  std::unique_ptr<SceneView> scene_;
  std::unique_ptr<PlanDrawing> plans_;
  std::unique_ptr<QualityGovernor> governor_;
  std::unique_ptr<Monkey> monkey_;
  SceneInput input_;
  SteerFilter filter_;
  PoseBlend blend_;
  bool dark_ = true;
  float scale_ = 0;
  int drawn_ = 0;
  double start_seconds_ = 0, last_timing_ = 0, fell_behind_ = -1;
  std::deque<std::pair<double, double>> frame_times_, plan_times_, plan_ages_;  // when, value
  std::int64_t cost_plan_ = -1;
  SimTiming collected_;
  bool was_loading_ = true, was_recording_ = false;
  std::optional<fs::path> picture_;
};

}  // namespace foresight
