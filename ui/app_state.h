// AppState: what the window is doing now. Panels read it, change what is theirs, and send orders to
// the simulation.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ui/bindings.h"
#include "ui/live/model_loader.h"
#include "ui/live/sim_thread.h"
#include "ui/orbit_camera.h"
#include "ui/plot.h"
#include "ui/scene_view.h"
#include "ui/settings.h"
#include "ui/style.h"

namespace foresight {

/// A short message at the edge of the scene.
struct Toast {
  std::string text;
  bool bad = false;
  double until = 0;  // s on the app's clock
};

/// Work in the background and what to do in the window when it ended well.
struct RunningJob {
  std::unique_ptr<Job> job;
  std::function<void()> then;
};

/// Where controls were drawn in this frame, by name: tests and random input click there.
using Marks = std::map<std::string, ImVec4>;  // x, y, width, height in px

enum class InspectorTab { kController, kView, kRecord, kClips, kPoses };

/// What the plots show.
struct Measurements {
  Trace frame_ms, plan_ms, plan_age, real_time;
  std::vector<Trace> costs;
  double fps = 0;                     // pictures per second
  double plan_p50 = 0, plan_p95 = 0;  // ms, over the last ten seconds
  double age_p50 = 0, age_p95 = 0;    // control steps
  int network_calls = 0;
};

struct ClipView;
struct MazeView;

struct AppState {
  AppState(std::shared_ptr<const Character> c, SimThread& thread);
  ~AppState();

  std::shared_ptr<const Character> character;
  SimThread& sim;
  Settings settings;
  std::shared_ptr<const Snapshot> shot;
  double now = 0;  // s since the app started

  TaskSetup setup;       // as the panels have it
  bool by_keys = false;  // steered by keys, stick or pad instead of sliders
  SteerCommand steer;
  SteerCommand pad_steer;  // of the round pad in the task panel
  int characters = 1;
  int selected = 0;  // character that is kicked and followed

  ModelLoader loader;
  std::shared_ptr<const LoadedModel> model;
  std::vector<fs::path> checkpoints;
  std::string skill;  // whose prompt is in force; empty: none
  std::deque<RunningJob> jobs;
  std::deque<Toast> toasts;

  OrbitCamera camera;
  PixelRect scene_rect;
  std::optional<ImVec2> double_click;  // in this frame, px
  int quality = 3;
  bool quality_by_itself = false;  // the app lowered it
  int least_replan = 1;            // control steps between plans, raised by the app when it is slow
  bool software = false;
  std::string renderer;

  Measurements measured;
  Fonts fonts;
  float scale = 1;
  Marks marks;
  InspectorTab tab = InspectorTab::kController;
  bool help_open = false, hints_open = false, error_dismissed = false;
  std::int64_t error_serial = -1;

  std::string recording_name, task_file, open_file;  // text fields
  int export_format = 0;
  std::vector<fs::path> recordings;  // in the folder, newest first
  std::unique_ptr<ClipView> clip;    // dropped mocap; may be null
  std::vector<KeyPose> poses;        // of the in-betweening editor
  double preview = -1;               // s along the poses, where a ghost shows them; negative: none
  int dragged_pose = -1;             // on the editor's time line
  std::unique_ptr<MazeView> maze;    // never null

  const Palette& colors() const { return palette(settings.dark); }
  fs::path recordings_folder() const;
  void say(const std::string& text, bool bad = false);
  /// Notes the last item as `name`.
  void mark(const std::string& name);
  /// Starts work in the background.
  void start_job(const std::string& title, std::function<void(const Job::Progress&)> work,
                 std::function<void()> then = {});
  /// Sends `setup` to the simulation.
  void send_task();
  /// Sends settings.simulation to the simulation, with the least time between plans.
  void send_settings();
  /// Control steps between plans in force.
  int replan_every() const {
    return std::max(settings.simulation.controller.replan_every, least_replan);
  }
  void load_checkpoint(const fs::path& file);
  /// Has the character go on with a skill of `model`; empty: as the task alone asks.
  void ask_for_skill(const std::string& name);
  void refresh_recordings();
};

/// Whether a file is named like a recording or a pack.
bool is_recording(const fs::path& file);

/// Does what a key, button or control asks for.
void perform(AppState& state, Action action);

}  // namespace foresight
