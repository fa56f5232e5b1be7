#include "ui/app.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <thread>

#include "sim/base/error.h"
#include "ui/clip_view.h"
#include "ui/maze_view.h"
#include "ui/offscreen/png.h"
#include "ui/panels/panels.h"
#include "ui/scene_labels.h"

namespace foresight {
namespace {

using std::chrono::duration;

constexpr double kWindow = 10;  // s over which percentiles are taken

double percentile_of(const std::deque<std::pair<double, double>>& values, double share) {
  if (values.empty()) return 0;
  std::vector<double> sorted;
  for (const auto& [when, value] : values) sorted.push_back(value);
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
  return sorted[at];
}

void forget_before(std::deque<std::pair<double, double>>& values, double when) {
  while (!values.empty() && values.front().first < when) values.pop_front();
}

EvalData starts_for(const Character& character) {
  const fs::path file = default_eval_data(character);
  if (fs::exists(file)) return load_eval_data(file, character);
  EvalData data;
  data.starts = {standing_start(character)};
  return data;
}

InspectorTab tab_named(const std::string& name) {
  if (name == "view") return InspectorTab::kView;
  if (name == "record") return InspectorTab::kRecord;
  if (name == "clips") return InspectorTab::kClips;
  if (name == "poses") return InspectorTab::kPoses;
  return InspectorTab::kController;
}

CameraSubject subject_of(const SceneView& scene, const Snapshot& shot, int which,
                         const Character& character) {
  CameraSubject subject;
  if (which >= static_cast<int>(shot.characters.size())) return subject;
  const std::string prefix = which == 0 ? "" : "c" + std::to_string(which) + "/";
  const auto position = [&](const std::string& name, Eigen::Vector3d otherwise) {
    const int body = mj_name2id(&scene.model(), mjOBJ_BODY, (prefix + name).c_str());
    if (body < 0) return otherwise;
    return Eigen::Vector3d(Eigen::Map<const Eigen::Vector3d>(scene.data().xpos + 3 * body));
  };
  subject.root = position(character.root_body, shot.characters[which].root_position);
  subject.head =
      position("head", subject.root + Eigen::Vector3d(0, 0, 0.6)) + Eigen::Vector3d(0, 0, 0.18);
  subject.yaw = shot.characters[which].yaw;
  return subject;
}

// The poses of the editor, and where they would lead at the time chosen on its time line.
void add_poses(const AppState& s, Overlay& overlay) {
  for (const KeyPose& pose : s.poses) {
    overlay.ghosts.push_back({pose.qpos, 0, {0.76F, 0.55F, 0.88F, 0.5F}});
  }
  if (s.preview < 0 || s.poses.empty()) return;
  const std::vector<double> now(s.shot->qpos.begin(), s.shot->qpos.begin() + s.character->nq);
  overlay.ghosts.push_back(
      {pose_between(*s.character, now, s.poses, s.preview), 0, {0.91F, 0.73F, 0.29F, 0.6F}});
}

}  // namespace

App::App(const AppOptions& options) : options_(options), started_(Clock::now()) {
  FS_CHECK(duplicate_binding(bindings()).empty());
  std::string problem;
  Settings settings;
  if (!options.settings.empty()) settings = load_settings(options.settings, problem);
  WindowOptions window{settings.width, settings.height, "Foresight", options.hidden};
  if (options.width > 0) window.width = options.width;
  if (options.height > 0) window.height = options.height;
  window_ = std::make_unique<Window>(window);
  character_ = default_character();
  const std::string task = options.task.empty() ? settings.task : options.task;
  const TaskSetup setup =
      default_setup(std::any_of(task_catalogue().begin(), task_catalogue().end(),
                                [&](const TaskInfo& info) { return info.name == task; }) ||
                            !options.task.empty()
                        ? task
                        : task_catalogue().front().name);
  settings.simulation.seed = options.seed;
  if (options.in_step) settings.simulation.controller.threaded = false;
  settings.simulation.show_contacts = settings.view.contacts;
  settings.simulation.controller.show_guidance = settings.view.guidance;
  sim_ = std::make_unique<SimThread>(std::make_unique<Simulation>(
      character_, starts_for(*character_), setup, settings.simulation));
  state_ = std::make_unique<AppState>(character_, *sim_);
  state_->settings = settings;
  state_->setup = setup;
  apply_options(options);
  if (!problem.empty()) state_->say(problem, true);
}

void App::apply_options(const AppOptions& options) {
  AppState& s = *state_;
  if (!options.checkpoint.empty()) s.settings.checkpoint = options.checkpoint;
  if (!options.device.empty()) s.settings.device = options.device;
  if (options.threads > 0) s.settings.threads = options.threads;
  if (options.dark) s.settings.dark = *options.dark;
  s.tab = tab_named(options.panel);
  s.renderer = window_->renderer();
  s.software = window_->software_rendering();
  s.task_file = (s.recordings_folder() / "my-task.json").string();
  s.refresh_recordings();
  s.hints_open = !s.settings.hints_seen && options.screenshot.empty() && !options.settings.empty();
  scene_ = std::make_unique<SceneView>();
  plans_ = std::make_unique<PlanDrawing>(character_);
  governor_ = std::make_unique<QualityGovernor>(s.software);
  s.quality = governor_->level();
  if (options.monkey_seconds > 0) monkey_ = std::make_unique<Monkey>(options.seed);
  s.checkpoints = find_checkpoints(shipped_checkpoint().parent_path());
  const fs::path checkpoint =
      s.settings.checkpoint.empty() ? shipped_checkpoint() : fs::path(s.settings.checkpoint);
  if (std::find(s.checkpoints.begin(), s.checkpoints.end(), checkpoint) == s.checkpoints.end()) {
    s.checkpoints.push_back(checkpoint);
  }
  s.load_checkpoint(checkpoint);
  if (!options.open.empty()) open_file(s, options.open);
  if (!options.maze.empty()) {
    open_mazes(s, true);
    load_maze_planner(s, options.maze);
  }
}

App::~App() {
  state_->jobs.clear();
  if (sim_) {
    sim_->post([](Simulation& sim) { sim.stop_recording(); });
    sim_->flush();
  }
  if (options_.settings.empty()) return;
  try {
    if (options_.width == 0) {
      state_->settings.width = window_->width();
      state_->settings.height = window_->height();
    }
    save_settings(options_.settings, state_->settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "settings were not saved: %s\n", error.what());
  }
}

// Style and fonts follow theme and scale.
void App::adapt_look() {
  AppState& s = *state_;
  const float wanted = s.settings.ui_scale > 0.4 ? static_cast<float>(s.settings.ui_scale)
                                                 : std::max(window_->content_scale(), 0.75F);
  const bool resized = std::abs(wanted - scale_) > 0.01F && !ImGui::IsAnyItemActive();
  if (!resized && dark_ == s.settings.dark && s.fonts.body != nullptr) return;
  if (resized) {
    scale_ = s.scale = wanted;
    s.fonts = load_fonts(assets_dir() / "fonts" / "Roboto-Regular.ttf", wanted);
    window_->upload_fonts();
  }
  dark_ = s.settings.dark;
  apply_style(dark_, scale_);
}

void App::do_window_action(Action action) {
  if (action == Action::kFullscreen) window_->toggle_fullscreen();
  if (action != Action::kScreenshot) return;
  char name[48];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::strftime(name, sizeof(name), "foresight-%Y%m%d-%H%M%S.png", &parts);
  picture_ = state_->recordings_folder() / name;
}

void App::take_events() {
  AppState& s = *state_;
  for (const KeyPress& key : window_->take_keys()) {
    const Binding* b = find_key(key.key, key.mods);
    if (b == nullptr) continue;
    perform(s, b->action);
    do_window_action(b->action);
  }
  for (const int button : window_->take_pad_buttons()) {
    if (const Binding* b = find_pad_button(button)) perform(s, b->action);
  }
  for (const fs::path& file : window_->take_drops()) open_file(s, file);
  s.double_click = window_->take_double_click();
}

void App::take_loaded_model() {
  AppState& s = *state_;
  if (const std::string error = s.loader.take_error(); !error.empty()) {
    s.say(error, true);
    was_loading_ = false;
    if (!options_.paused && !s.model) sim_->set_playing(!s.hints_open && !s.maze->open);
    return;
  }
  const std::shared_ptr<const LoadedModel> loaded = s.loader.take();
  if (!loaded) return;
  s.model = loaded;
  s.ask_for_skill("");  // the prompts of other weights do not fit
  sim_->post([model = loaded->model](Simulation& sim) { sim.set_model(model); });
  const bool playback = s.shot->timeline.playback || !options_.open.empty();
  if (was_loading_ && !options_.paused && !playback) {
    sim_->set_playing(!s.hints_open && !s.maze->open);
  }
  was_loading_ = false;
}

void App::take_finished_jobs() {
  AppState& s = *state_;
  for (auto it = s.jobs.begin(); it != s.jobs.end();) {
    if (!it->job->done()) {
      ++it;
      continue;
    }
    const std::string error = it->job->error();
    if (it->job->cancelled()) {
      s.say(it->job->title() + ": stopped");
    } else if (!error.empty()) {
      s.say(it->job->title() + ": " + error, true);
    } else if (it->then) {
      it->then();
    }
    it = s.jobs.erase(it);
  }
}

// Sliders rule until a key, the pad or a stick is touched; then these rule until a slider is.
void App::steer(double dt) {
  AppState& s = *state_;
  if (s.setup.name != "joystick" || s.shot->timeline.playback) return;
  SteerCommand wanted = stronger(steering_of_keys(*window_), s.pad_steer);
  if (const auto pad = steering_of_pad(*window_)) wanted = stronger(wanted, *pad);
  const bool begins = !s.by_keys && !(wanted == SteerCommand{});
  s.by_keys = s.by_keys || begins;
  const SteerCommand before = s.steer;
  s.steer = s.by_keys ? filter_.step(wanted, dt) : SteerCommand{};
  if (!s.by_keys || (before == s.steer && !begins)) return;
  sim_->post([command = s.steer](Simulation& sim) { sim.steer(command); });
}

void App::take_timing() {
  AppState& s = *state_;
  Measurements& m = s.measured;
  const SimTiming timing = sim_->take_timing();
  for (const int age : timing.plan_ages) {
    plan_ages_.emplace_back(s.now, age);
    m.plan_age.add(static_cast<float>(age));
  }
  for (const double seconds : timing.plan_seconds) {
    plan_times_.emplace_back(s.now, 1000 * seconds);
    m.plan_ms.add(static_cast<float>(1000 * seconds));
  }
  for (auto* values : {&plan_ages_, &plan_times_, &frame_times_}) {
    forget_before(*values, s.now - kWindow);
  }
  m.plan_p50 = percentile_of(plan_times_, 0.5);
  m.plan_p95 = percentile_of(plan_times_, 0.95);
  m.age_p50 = percentile_of(plan_ages_, 0.5);
  m.age_p95 = percentile_of(plan_ages_, 0.95);
  last_timing_ = s.now;
  collected_.simulated += timing.simulated;
  collected_.wall += timing.wall;
  auto& ages = collected_.plan_ages;
  auto& times = collected_.plan_seconds;
  // Only a benchmark takes these; no one else may let them grow.
  if (ages.size() > 100000) ages.clear();
  if (times.size() > 100000) times.clear();
  ages.insert(ages.end(), timing.plan_ages.begin(), timing.plan_ages.end());
  times.insert(times.end(), timing.plan_seconds.begin(), timing.plan_seconds.end());
}

SimTiming App::collect_timing(bool restart) {
  take_timing();
  SimTiming all = std::exchange(collected_, {});
  if (restart) collected_ = {};
  return all;
}

void App::measure(double work) {
  AppState& s = *state_;
  Measurements& m = s.measured;
  m.frame_ms.add(static_cast<float>(1000 * work));
  frame_times_.emplace_back(s.now, work);
  const auto recent = std::count_if(frame_times_.begin(), frame_times_.end(),
                                    [&](const auto& f) { return f.first > s.now - 1; });
  m.fps = static_cast<double>(recent) / std::min(1.0, std::max(s.now, 0.1));
  if (s.now - last_timing_ > 0.2) take_timing();
  const auto& plan = s.shot->characters.empty() ? nullptr : s.shot->characters[0].plan;
  if (!plan || plan->id == cost_plan_) return;
  cost_plan_ = plan->id;
  m.network_calls = plan->network_calls;
  if (m.costs.size() != plan->costs.size()) m.costs.assign(plan->costs.size(), Trace(300));
  for (std::size_t i = 0; i < plan->costs.size(); ++i) {
    m.costs[i].add(static_cast<float>(plan->costs[i]));
  }
}

// Makes room for physics and planning, by plainer pictures first and rarer plans then.
void App::govern(double work) {
  AppState& s = *state_;
  const bool running = s.shot->state == RunState::kRunning && !s.shot->timeline.playback;
  const double factor = s.shot->real_time_factor / std::max(s.shot->speed, 0.01);
  const bool threaded = s.settings.simulation.controller.threaded;
  const bool busy = running && threaded && s.shot->speed <= 1 &&
                    (factor < 0.95 || (plan_ages_.size() > 60 && s.measured.age_p95 > 2));
  if (s.settings.view.quality >= 0) {
    s.quality = s.settings.view.quality;
    s.quality_by_itself = false;
    return;
  }
  if (governor_->note(work, s.now, busy)) plan_ages_.clear();
  s.quality = governor_->level();
  s.quality_by_itself = s.quality < kQualityLevels - 2;
  // Rarer plans help physics, but only make plans older.
  if (!busy || factor >= 0.95 || s.quality > 0) fell_behind_ = s.now;
  if (s.now - fell_behind_ < 4 || s.replan_every() >= 2) return;
  s.least_replan = 2;
  s.send_settings();
  s.say("The planner is slow here: it plans anew only every second step.");
  fell_behind_ = s.now;
}

void App::draw_scene(double dt) {
  AppState& s = *state_;
  const PixelRect& r = s.scene_rect;
  scene_->prepare(s.shot->model, {s.settings.dark, s.settings.view.shadows, s.quality});
  blend_.add(s.shot);
  const double period = character_->control_dt() / std::max(s.shot->speed, 0.1);
  scene_->pose(blend_.pose(Clock::now(), period), s.shot->mocap);
  s.camera.update(subject_of(*scene_, *s.shot, s.selected, *character_), dt);
  Overlay overlay;
  const bool all = quality_level(s.quality).all_ghosts;
  const int ghosts = all ? s.settings.view.ghost_count : std::min(2, s.settings.view.ghost_count);
  plans_->add(*s.shot, s.settings.view, ghosts, overlay);
  if (!s.shot->reference.empty()) {
    overlay.ghosts.push_back({s.shot->reference, 0, {0.7F, 0.72F, 0.76F, 0.35F}});
  }
  add_contacts(s.shot->contacts, overlay);
  if (s.tab == InspectorTab::kClips && s.clip && !s.shot->characters.empty()) {
    s.clip->advance(dt);
    s.clip->add(s.shot->characters[0].root_position.head<2>(), overlay);
  }
  if (s.tab == InspectorTab::kPoses) add_poses(s, overlay);
  if (quality_level(s.quality).shadow_size == 0 || !s.settings.view.shadows) {
    for (const CharacterView& c : s.shot->characters) add_blob_shadow(c.root_position, overlay);
  }
  if (s.settings.view.field && s.shot->around && !s.shot->characters.empty()) {
    add_obstacle_field(*s.shot->around, s.shot->characters[0].root_position.head<2>(), overlay);
  }
  input_.add_handles(s, overlay);
  scene_->draw(r, window_->height(), s.camera, overlay);
  draw_scene_labels(s, input_.handles(), input_.hot(), scene_->fovy());
}

// The list of recordings follows the simulation's thread, which writes them.
void App::note_recording() {
  AppState& s = *state_;
  const bool recording = s.shot->recorded >= 0;
  if (was_recording_ && !recording) {
    s.refresh_recordings();
    s.open_file = s.recording_name;
    s.say("Saved " + s.recording_name);
  }
  was_recording_ = recording;
}

void App::draw_panels() {
  AppState& s = *state_;
  const Layout layout = make_layout(window_->width(), window_->height(), s.scale,
                                    s.settings.show_task, s.settings.show_inspector);
  s.scene_rect = layout.scene;
  draw_top_bar(s, layout.top);
  if (s.maze->open) {
    draw_maze_view(s,
                   {0, layout.top.height, window_->width(), window_->height() - layout.top.height});
    draw_messages(s);
    draw_help_window(s);
    return;
  }
  draw_task_panel(s, layout.task);
  draw_inspector(s, layout.inspector);
  draw_timeline(s, layout.timeline);
  draw_messages(s);
  draw_help_window(s);
  draw_hints(s);
}

bool App::frame() {
  AppState& s = *state_;
  frame_begin_ = Clock::now();
  const double before = s.now;
  s.now = duration<double>(frame_begin_ - started_).count();
  const double dt = std::clamp(s.now - before, 0.0, 0.1);
  adapt_look();
  window_->begin_frame();
  if (monkey_) monkey_->act(*window_, s);
  ImGui::NewFrame();
  s.marks.clear();
  s.shot = sim_->snapshot();
  take_loaded_model();
  take_finished_jobs();
  take_events();
  draw_panels();
  note_recording();
  if (!s.maze->open) {
    if (scene_->ready()) input_.update(s, *scene_);
    steer(dt);
    draw_scene(dt);
  }
  finish_frame();
  const bool over = options_.monkey_seconds > 0 && s.now > options_.monkey_seconds;
  const bool shown = options_.frames > 0 && !was_loading_ && ++drawn_ >= options_.frames;
  return !window_->should_close() && !over && !shown;
}

void App::finish_frame() {
  const bool last = options_.frames > 0 && !was_loading_ && drawn_ + 1 >= options_.frames;
  if (last && !options_.screenshot.empty()) picture_ = options_.screenshot;
  window_->render();
  const double work = duration<double>(Clock::now() - frame_begin_).count();
  if (picture_) save_picture(*std::exchange(picture_, std::nullopt), window_->capture());
  window_->present();
  if (start_seconds_ == 0) start_seconds_ = duration<double>(Clock::now() - started_).count();
  measure(work);
  govern(work);
  wait_for_next_picture();
}

void App::save_picture(const fs::path& file, const Image& image) {
  try {
    if (file.has_parent_path()) fs::create_directories(file.parent_path());
    write_png(file, image);
    const bool asked = file.parent_path() == state_->recordings_folder();
    if (asked) state_->say("Saved " + file.string());
  } catch (const std::exception& error) {
    if (!options_.screenshot.empty()) throw InputError(error.what());
    state_->say(error.what(), true);
  }
}

// Not every driver waits for the display.
void App::wait_for_next_picture() {
  const int limit =
      std::min(state_->settings.view.frame_limit, quality_level(state_->quality).frame_limit);
  const auto period = std::chrono::duration_cast<Clock::duration>(duration<double>(1.0 / limit));
  next_picture_ = std::max(next_picture_ + period, frame_begin_);
  if (next_picture_ > Clock::now() + period) next_picture_ = Clock::now() + period;
  std::this_thread::sleep_until(next_picture_);
}

void App::run() {
  while (frame()) {
  }
}

}  // namespace foresight
