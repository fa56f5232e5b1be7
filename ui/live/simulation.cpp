#include "ui/live/simulation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "controller/control_settings.h"
#include "controller/joystick.h"
#include "controller/lookahead_model.h"
#include "controller/task_run.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/rotation.h"
#include "ui/live/balls.h"

namespace foresight {
namespace {

constexpr double kHistorySeconds = 60;
constexpr double kDownSeconds = 1.2;  // on the ground before standing up anew
constexpr int kAttempts = 3;          // at getting up
constexpr double kApart = 1.2;        // m between characters side by side
constexpr std::int64_t kPastMoments = 3;

void copy_character(const World& from, World& to, int which) {
  const std::vector<double> qpos(from.qpos(which).begin(), from.qpos(which).end());
  const std::vector<double> qvel(from.qvel(which).begin(), from.qvel(which).end());
  to.set_state(qpos, qvel, which);
  const double* targets = from.data().ctrl + from.index(which).ctrl;
  to.set_action({targets, static_cast<std::size_t>(from.character().nu)}, which);
}

std::vector<double> targets_of(const World& world, int which) {
  const double* first = world.data().ctrl + world.index(which).ctrl;
  return {first, first + world.character().nu};
}

bool is_bare(const Scene& scene) {
  return std::none_of(scene.objects.begin(), scene.objects.end(),
                      [](const SceneObject& o) { return o.collides && o.mass == 0; });
}

}  // namespace

Simulation::Simulation(std::shared_ptr<const Character> character, EvalData data,
                       const TaskSetup& setup, const SimulationSettings& settings)
    : character_(std::move(character)),
      data_(std::move(data)),
      setup_(setup),
      settings_(settings),
      get_up_(shipped_get_up(*character_)),
      joystick_(std::make_unique<JoystickDriver>()),
      history_(static_cast<std::size_t>(kHistorySeconds * character_->control_hz)) {
  FS_CHECK(!data_.starts.empty());
  begin_task(false);
  reset();
}

Simulation::~Simulation() = default;

// Builds task and scene of the setup.
void Simulation::begin_task(bool keep_state) {
  task_ = build_task(setup_);
  success_ = false;
  failure_.clear();
  const auto episode =
      begin_episode(*task_, {*character_, setup_.all_values(), settings_.seed, &data_});
  auto scene = std::make_shared<SceneInstance>();
  scene->scene = episode->scene();
  scene->scene.characters = std::max(scene->scene.characters, count_);
  add_balls(scene->scene);
  if (scene_ && to_json(scene->scene) == to_json(scene_->scene)) {
    begin_run();
    return;
  }
  scene->model = compile_scene(*character_, scene->scene);
  enter(scene, keep_state);
}

// A task that cannot begin leaves everything as it was.
void Simulation::begin_task_or(const TaskSetup& before) {
  const auto task = task_;
  try {
    begin_task(true);
  } catch (...) {
    setup_ = before;
    task_ = task;
    throw;
  }
}

void Simulation::enter(std::shared_ptr<const SceneInstance> scene, bool keep_state) {
  scene_ = std::move(scene);
  auto world = std::make_unique<World>(character_, scene_->scene, scene_->model);
  if (keep_state && world_) {
    const int common = std::min(world_->num_characters(), world->num_characters());
    for (int i = 0; i < common; ++i) copy_character(*world_, *world, i);
    world->data().time = world_->time();
  }
  run_.reset();
  around_.reset();
  world_ = std::move(world);
  ++teleport_;
  const auto wanted = static_cast<std::size_t>(world_->num_characters());
  if (actors_.size() != wanted) {
    actors_.clear();
    actors_.resize(wanted);
    make_drivers();
  }
  begin_run();
  if (recording_) begin_segment();
}

void Simulation::begin_run() {
  const std::vector<double> values = setup_.all_values();
  run_ = std::make_unique<TaskRun>(
      begin_episode(*task_, {*character_, values, settings_.seed, &data_}), *world_, values);
}

void Simulation::make_drivers() {
  for (Actor& actor : actors_) {
    actor.driver.reset();
    actor.log = {};
    if (!model_) continue;
    actor.driver = std::make_unique<Driver>(character_, model_, settings_.controller);
    tell_task(actor);
  }
}

void Simulation::tell_task(Actor& actor) {
  if (!actor.driver) return;
  actor.driver->set_task(task_, setup_.all_values());
  actor.log.set_task({{"setup", to_json(setup_)}, {"numbers", task_numbers(*task_)}});
  actor.log.set_values(setup_.all_values());
}

nlohmann::json Simulation::told_control() const {
  const Driver* driver = actors_.empty() ? nullptr : actors_[0].driver.get();
  return driver != nullptr ? driver->told_settings() : to_json(ControlSettings{});
}

void Simulation::note_setting(const char* setting, const nlohmann::json& value) {
  if (recording_) recording_->event({{"setting", setting}, {"value", value}});
}

void Simulation::set_model(std::shared_ptr<const LookaheadModel> model) {
  model_ = std::move(model);
  make_drivers();
  note_setting("control", told_control());
  start_all(true);
}

void Simulation::set_settings(const SimulationSettings& settings) {
  const bool other_controller = !(settings.controller == settings_.controller);
  if (settings.seed != settings_.seed) note_setting("seed", settings.seed);
  settings_ = settings;
  if (!other_controller) return;
  make_drivers();
  note_setting("control", told_control());
  start_all(true);
}

void Simulation::set_task(const TaskSetup& setup) {
  const bool same_task = setup.name == setup_.name && setup.terms.size() == setup_.terms.size();
  const bool same_costs = setup.same_costs(setup_);
  if (playback_) return;
  const std::size_t actors = actors_.size();
  const TaskSetup before = std::exchange(setup_, setup);
  if (!same_task) begin_task_or(before);
  if (same_task && !same_costs) task_ = build_task(setup_);
  run_->set_values(setup_.all_values());
  if (!(setup_ == before)) note_setting("task", to_json(setup_));
  if (same_costs) return;
  for (Actor& actor : actors_) tell_task(actor);
  const bool others = actors_.size() != actors || !is_bare(scene_->scene);
  if (!same_task && others) reset();
}

void Simulation::set_characters(int count) {
  count_ = std::clamp(count, 1, 4);
  reset();
}

void Simulation::reset() {
  playback_.reset();
  reference_.reset();
  shown_.reset();
  history_.clear();
  message_.clear();
  falls_ = 0;
  *joystick_ = {};
  track_.reset();
  key_poses_.reset();
  ++attempt_;
  ++teleport_;
  begin_task(false);
  for (int i = 0; i < world_->num_characters(); ++i) place(i, 0, nullptr);
  start_all(false);
}

// At a start state drawn by the seed; side by side when the task does not say where.
void Simulation::place(int which, std::int64_t attempt, const GroundPose* maybe_place) {
  Rng rng{random_key(settings_.seed, attempt, which)};
  const StartState& start = data_.starts[rng.index(static_cast<int>(data_.starts.size()))];
  GroundPose pose = run_->episode().start_pose(which);
  if (run_->episode().scene().characters < world_->num_characters()) {
    pose.position.y() += kApart * (which - 0.5 * (world_->num_characters() - 1));
    if (maybe_place == nullptr) maybe_place = &pose;
  }
  run_->place(which, start, maybe_place);
}

void Simulation::start_all(bool from_past) {
  run_->refresh();
  acting_ = false;
  for (int i = 0; i < static_cast<int>(actors_.size()); ++i) start_driver(i, from_past);
}

// What the controller of a character has seen last, oldest first.
std::vector<Moment> Simulation::past_of(int which) const {
  std::vector<Moment> past;
  if (history_.empty()) return past;
  const std::int64_t count = std::min(kPastMoments, history_.newest() - history_.oldest());
  for (std::int64_t n = history_.newest() - count + 1; n <= history_.newest(); ++n) {
    const auto &now = history_.at(n).characters, &before = history_.at(n - 1).characters;
    if (now.size() != actors_.size() || before.size() != actors_.size()) return {};
    past.push_back({now[which].body, before[which].action});
  }
  return past;
}

void Simulation::start_driver(int which, bool from_past) {
  Actor& actor = actors_[which];
  actor.low_time = 0;
  actor.rising.reset();
  actor.age = 0;
  if (!actor.driver) return;
  const ControlStart start{random_key(settings_.seed, attempt_, which), run_->states()[which],
                           targets_of(*world_, which),
                           from_past ? past_of(which) : std::vector<Moment>{}};
  actor.driver->start(start);
  actor.log.start(start);
}

// As the characters know them of each other: nothing of one that gets up or follows a clip.
std::vector<PlannedStates> Simulation::plans_of_all() const {
  std::vector<PlannedStates> plans(actors_.size());
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    if (actors_[i].driver && !actors_[i].rising) plans[i] = actors_[i].driver->planned();
  }
  return plans;
}

void Simulation::give_orders() {
  if (command_ && setup_.name == "joystick") {
    const TaskValues values = joystick_->step(
        find_task("joystick"), {command_->forward, command_->left, command_->turn_rate},
        yaw_of(run_->states()[0].root_rotation), character_->control_dt());
    std::copy(values.begin(), values.end(), setup_.values.begin());
    run_->set_values(setup_.all_values());
  }
  if (model_) run_->see_ahead(model_->config.future);
  std::vector<TaskOrders> orders = run_->orders(plans_of_all());
  if (key_poses_ && key_poses_->over(step_ - key_poses_start_)) key_poses_.reset();
  if (key_poses_) {
    key_poses_->direct(step_ - key_poses_start_, run_->states()[0], model_->config.future,
                       orders[0].surroundings);
  }
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    auto around = std::make_shared<const Surroundings>(std::move(orders[i].surroundings));
    if (i == 0) around_ = around;
    if (actors_[i].driver) actors_[i].driver->set_orders(orders[i].values, around);
    actors_[i].log.set_orders({orders[i].values, std::move(around)});
  }
}

bool Simulation::act() {
  std::vector<std::vector<double>> actions(actors_.size());
  for (int i = 0; i < static_cast<int>(actors_.size()); ++i) {
    Actor& actor = actors_[i];
    actor.before = actor.driver ? actor.driver->save() : nullptr;
    actions[i] = targets_of(*world_, i);
    if (track_ && i == 0) {
      actions[i] = track_->act(*world_);
      world_->set_action(actions[i], i);
      continue;
    }
    if (actor.rising) {
      const auto targets = actor.rising->act(*world_, i);
      actions[i].assign(targets.begin(), targets.end());
      world_->set_action(actions[i], i);
      continue;
    }
    if (!actor.driver) continue;
    const DriverAction decided = actor.driver->act(run_->states()[i]);
    actor.age = decided.age;
    if (decided.too_old) {
      message_ = "The planner is too slow for real time: the plan is " +
                 std::to_string(decided.age) + " steps old. Lower the speed, or plan in step.";
      return false;
    }
    actor.log.acted(decided.new_plan);
    world_->set_action(decided.action, i);
    actions[i] = decided.action;
  }
  remember(actions);
  return true;
}

void Simulation::remember(const std::vector<std::vector<double>>& actions) {
  HistoryEntry entry{step_, world_->time(), scene_, world_->save(), setup_, {}};
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    const Driver* driver = actors_[i].rising ? nullptr : actors_[i].driver.get();
    entry.characters.push_back({run_->states()[i], actions[i], driver ? driver->plan() : nullptr,
                                std::exchange(actors_[i].before, nullptr)});
  }
  history_.push(std::move(entry));
}

Advance Simulation::step() {
  message_.clear();
  if (playback_) return playback_->advance() ? Advance::kStepped : Advance::kStopped;
  if (shown_) resume();
  for (const Actor& actor : actors_) {
    if (actor.driver && actor.driver->thinking()) return Advance::kThinking;
  }
  if (track_ && track_->over()) track(nullptr);
  // A controller that decided something that was not executed has to begin anew.
  if (std::exchange(acting_, false)) {
    start_all(true);
    return step();
  }
  give_orders();
  acting_ = true;
  if (!act()) return Advance::kStopped;
  acting_ = false;
  return take_step();
}

Channels Simulation::channels() {
  Channels channels{{"task.values", setup_.all_values()},
                    {"plan.age", std::vector<std::int64_t>{actors_[0].age}}};
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    actors_[i].log.take(static_cast<int>(i), channels);
  }
  return channels;
}

Advance Simulation::take_step() {
  if (recorder_) recorder_->before_step(*world_);
  const StepStatus status = world_->step();
  ++step_;
  Channels told = channels();
  if (recorder_) recorder_->after_step(*world_, status, std::move(told));
  if (status == StepStatus::kDiverged) {
    go_back_from_divergence();
    return Advance::kStopped;
  }
  const Verdict verdict = run_->judge();
  if (verdict.kind == Verdict::Kind::kSuccess) success_ = true;
  if (verdict.kind == Verdict::Kind::kFailed && verdict.reason != "fall") {
    failure_ = verdict.reason;
  }
  return handle_falls() ? Advance::kStepped : Advance::kStopped;
}

// The state just before would only diverge again.
void Simulation::go_back_from_divergence() {
  scrub(step_ - static_cast<std::int64_t>(0.5 * character_->control_hz));
  message_ =
      "The simulation diverged. Shown is a moment up to half a second before it; \"Go on\" goes on "
      "from there.";
}

bool Simulation::handle_falls() {
  const double dt = character_->control_dt();
  for (int i = 0; i < static_cast<int>(actors_.size()); ++i) {
    if (!world_->fall(i).fallen) continue;
    Actor& actor = actors_[i];
    const bool just_now = actor.low_time == 0;
    actor.low_time += dt;
    falls_ += just_now;
    if (just_now && settings_.after_fall == AfterFall::kPause) {
      message_ = "The character fell.";
      return false;
    }
    if (just_now && begin_to_rise(i)) continue;
    if (actor.rising) rise(i);
    if (settings_.after_fall == AfterFall::kStandUp && actor.low_time >= kDownSeconds) stand_up(i);
  }
  return true;
}

bool Simulation::begin_to_rise(int which) {
  Actor& actor = actors_[which];
  const bool tracked = track_ && which == 0;
  if (settings_.after_fall != AfterFall::kGetUp || !get_up_ || !actor.driver || tracked) {
    return false;
  }
  actor.rising.emplace(*character_, get_up_);
  actor.rising->begin(targets_of(*world_, which));
  return true;
}

void Simulation::rise(int which) {
  Actor& actor = actors_[which];
  if (actor.rising->attempts() > kAttempts) return stand_up(which);
  if (!actor.rising->standing()) return;
  world_->clear_fall(which);
  ++attempt_;
  if (which == 0) joystick_->facing = yaw_of(run_->states()[0].root_rotation);
  start_driver(which, false);
}

// At a start state where it lies.
void Simulation::stand_up(int which) {
  const GroundPose here = ground_pose(run_->states()[which]);
  place(which, ++attempt_, &here);
  if (which == 0) joystick_->facing = here.yaw;
  ++teleport_;
  start_driver(which, false);
}

void Simulation::kick(int which, const Eigen::Vector2d& velocity) {
  if (playback_ || which < 0 || which >= world_->num_characters()) return;
  world_->kick(velocity, which);
  run_->refresh();
}

void Simulation::throw_ball(const Eigen::Vector3d& from, const Eigen::Vector3d& velocity) {
  const int first = first_ball(scene_->scene);
  if (playback_ || first < 0) return;
  world_->throw_object(first + next_ball_, from, velocity);
  next_ball_ = (next_ball_ + 1) % kBalls;
  ++teleport_;
}

void Simulation::pull(int body, const Eigen::Vector3d& force) {
  if (!playback_ && body > 0 && body < world_->model().nbody) world_->set_force(body, force);
}

void Simulation::move_object(int object, const Eigen::Vector3d& position) {
  const auto& objects = scene_->scene.objects;
  if (playback_ || object < 0 || object >= static_cast<int>(objects.size())) return;
  if (objects[object].mass > 0) return;
  if (objects[object].moves) return world_->move_object(object, position);
  auto scene = std::make_shared<SceneInstance>(*scene_);
  scene->scene.objects[object].position = position;
  scene->model = compile_scene(*character_, scene->scene);
  enter(scene, true);
}

void Simulation::restore(const HistoryEntry& entry) {
  if (entry.scene != scene_) enter(entry.scene, false);
  world_->restore(entry.state);
  run_->refresh();
  ++teleport_;
}

void Simulation::scrub(std::int64_t step) {
  if (playback_) {
    playback_->seek(step);
    ++teleport_;
    return;
  }
  if (history_.empty()) return;
  if (!shown_ && history_.newest() < step_) {  // the present becomes the newest moment
    std::vector<std::vector<double>> held;
    for (int i = 0; i < world_->num_characters(); ++i) held.push_back(targets_of(*world_, i));
    remember(held);
  }
  shown_ = std::clamp(step, history_.oldest(), history_.newest());
  message_.clear();
  restore(history_.at(*shown_));
}

void Simulation::leave_past() {
  if (!shown_) return;
  scrub(history_.newest());
  resume();
}

// From the moment that is shown; what came after it is forgotten.
void Simulation::resume() {
  const HistoryEntry entry = history_.at(*shown_);
  history_.truncate(*shown_);
  shown_.reset();
  step_ = entry.step;
  if (!(entry.setup == setup_)) {
    setup_ = entry.setup;
    task_ = build_task(setup_);
    begin_run();
    for (Actor& actor : actors_) tell_task(actor);
    note_setting("task", to_json(setup_));
  }
  joystick_->facing = yaw_of(run_->states()[0].root_rotation);
  start_all(true);
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    const auto& saved = entry.characters[i].controller;
    if (saved && actors_[i].driver && !settings_.controller.threaded) {
      actors_[i].driver->restore(*saved);
      actors_[i].log.lost();
    }
  }
}

void Simulation::open_recording(const fs::path& file) {
  auto opened = std::make_unique<Playback>(file, character_);
  stop_recording();
  playback_ = std::move(opened);
  reference_.reset();
  shown_.reset();
  message_.clear();
  ++teleport_;
}

void Simulation::take_over() {
  if (!playback_) return;
  World& recorded = playback_->world();
  const std::vector<double> state = recorded.save();
  auto scene = std::make_shared<SceneInstance>();
  scene->scene = recorded.scene();
  scene->model = playback_->model();
  reference_ = std::move(playback_);
  reference_shift_ = reference_->position() - step_;
  history_.clear();
  enter(scene, false);
  world_->restore(state);
  *joystick_ = {};
  run_->refresh();
  joystick_->facing = yaw_of(run_->states()[0].root_rotation);
  start_all(false);
}

void Simulation::track(std::shared_ptr<ExpertTrack> track) {
  if (playback_) return;
  track_ = std::move(track);
  shown_.reset();
  ++teleport_;
  if (track_) {
    history_.clear();
    track_->start(*world_);
    joystick_->facing = 0;
  }
  run_->refresh();
  start_driver(0, !track_);
}

void Simulation::set_key_poses(const std::vector<KeyPose>& poses) {
  key_poses_.reset();
  if (poses.empty() || !model_) return;
  key_poses_.emplace(character_, poses);
  key_poses_start_ = step_;
}

void Simulation::begin_segment() {
  recorder_ = std::make_unique<WorldRecorder>(
      *recording_, *world_,
      nlohmann::json{{"task", to_json(setup_)},
                     {"checkpoint_sha256", model_ ? model_->sha256 : std::string()},
                     {"control", told_control()}});
}

void Simulation::start_recording(const fs::path& file) {
  if (recording_ || playback_) return;
  recording_ = std::make_unique<Recording>(recording_header(*character_, settings_.seed), file,
                                           /*overwrite=*/false);
  recording_file_ = file;
  begin_segment();
  if (!shown_) start_all(true);
}

void Simulation::stop_recording() {
  if (!recording_) return;
  recorder_.reset();
  const auto ended = std::move(recording_);
  ended->finish();
}

nlohmann::json Simulation::report() const {
  nlohmann::json states = nlohmann::json::array();
  if (!history_.empty()) {
    const auto second = static_cast<std::int64_t>(character_->control_hz);
    const std::int64_t first = std::max(history_.oldest(), history_.newest() - second);
    for (std::int64_t n = first; n <= history_.newest(); ++n) {
      states.push_back({{"step", n}, {"state", history_.at(n).state}});
    }
  }
  return {{"step", step_},
          {"task", to_json(setup_)},
          {"scene", to_json(world_->scene())},
          {"character", character_->name},
          {"character_fingerprint", character_->fingerprint},
          {"checkpoint_sha256", model_ ? model_->sha256 : std::string()},
          {"mujoco", mj_versionString()},
          {"seed", settings_.seed},
          {"threaded", settings_.controller.threaded},
          {"guidance_scale", settings_.controller.guidance_scale},
          {"now", world_->save()},
          {"states", states}};
}

}  // namespace foresight
