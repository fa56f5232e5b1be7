// Simulation: the live run of the app without window and without threads of its own: world,
// controllers, task, last minute, recording. One control step at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/eval_data.h"
#include "controller/ground_pose.h"
#include "controller/recovery/get_up.h"
#include "sim/recording/world_recorder.h"
#include "ui/live/driver.h"
#include "ui/live/expert_track.h"
#include "ui/live/history.h"
#include "ui/live/key_poses.h"
#include "ui/live/playback.h"
#include "ui/live/snapshot.h"

namespace foresight {

class TaskRun;
struct JoystickDriver;
struct PlannedStates;

/// What a thumb on a stick asks for, relative to where the character faces.
struct SteerCommand {
  double forward = 0, left = 0;  // m/s
  double turn_rate = 0;          // rad/s, left positive
  bool operator==(const SteerCommand&) const = default;
};

/// What happens when a character has fallen.
enum class AfterFall { kGetUp, kStandUp, kStayDown, kPause };

struct SimulationSettings {
  ControllerSettings controller;
  AfterFall after_fall = AfterFall::kGetUp;
  std::uint64_t seed = 0;
  bool show_contacts = false;
  bool operator==(const SimulationSettings&) const = default;
};

enum class Advance {
  kStepped,
  kThinking,  // a first plan is being made: try again soon
  kStopped,   // paused by an event: message()
};

class Simulation {
 public:
  /// `data` has at least one start state.
  Simulation(std::shared_ptr<const Character> character, EvalData data, const TaskSetup& setup,
             const SimulationSettings& settings);
  ~Simulation();

  const Character& character() const { return *character_; }
  World& world() { return *world_; }
  const TaskSetup& setup() const { return setup_; }
  const std::string& message() const { return message_; }
  bool has_model() const { return model_ != nullptr; }

  /// Null: nobody controls, the PD targets stay.
  void set_model(std::shared_ptr<const LookaheadModel> model);
  /// Other values are used at once. For another task a new episode begins; characters stay where
  /// they are when nothing stands in its scene.
  void set_task(const TaskSetup& setup);
  void set_settings(const SimulationSettings& settings);
  const SimulationSettings& settings() const { return settings_; }
  /// Places `count` characters (1 to 4) anew; tasks that ask for more get more.
  void set_characters(int count);
  /// A new episode with characters at start states drawn by the seed; the last minute is forgotten.
  void reset();
  /// Steers the task "joystick" relative to the character; nothing: by its parameters.
  void steer(std::optional<SteerCommand> command) { command_ = command; }

  /// Goes on by one control step (of the recording in playback). Leaves the past first.
  /// Throws when a controller fails; the world is then as before the step.
  Advance step();

  void kick(int which, const Eigen::Vector2d& velocity);
  /// Throws the next ball; world frame, m and m/s.
  void throw_ball(const Eigen::Vector3d& from, const Eigen::Vector3d& velocity);
  /// Force on a body until changed, N.
  void pull(int body, const Eigen::Vector3d& force);
  /// Moves an object of the scene; one that cannot move makes the world be built anew.
  void move_object(int object, const Eigen::Vector3d& position);

  /// Shows a step of the last minute, or of the recording in playback.
  void scrub(std::int64_t step);
  /// Back to the newest moment.
  void leave_past();

  /// Plays a recording instead of simulating. Throws InputError.
  void open_recording(const fs::path& file);
  /// Ends playback; the live controllers go on from the moment shown, in the recording's scene.
  void take_over();
  bool in_playback() const { return playback_ != nullptr; }

  /// Character 0 follows a clip through the expert until its end, or until reset(); null: it stops.
  void track(std::shared_ptr<ExpertTrack> track);
  /// Character 0 should meet poses, counted from now; none: it stops.
  void set_key_poses(const std::vector<KeyPose>& poses);

  /// The controllers begin anew with the last moments as their past, so that the recording tells
  /// all they know. Throws InputError when the file exists or cannot be written.
  void start_recording(const fs::path& file);
  void stop_recording();
  bool recording() const { return recording_ != nullptr; }
  const fs::path& recording_file() const { return recording_file_; }

  /// What a bug report needs: message, settings, task, scene and the last second of states.
  nlohmann::json report() const;

  Snapshot snapshot() const;

 private:
  struct Actor {
    std::unique_ptr<Driver> driver;
    ControlLog log;                                 // what the driver was told
    std::shared_ptr<const ControllerState> before;  // before this step's plan; for the history
    double low_time = 0;                            // s since it fell
    std::optional<GetUp> rising;                    // who decides until it stands again
    int age = 0;
  };

  void begin_task(bool keep_state);
  void begin_task_or(const TaskSetup& before);
  void enter(std::shared_ptr<const SceneInstance> scene, bool keep_state);
  void begin_run();
  void make_drivers();
  void tell_task(Actor& actor);
  nlohmann::json told_control() const;
  Channels channels();
  void note_setting(const char* setting, const nlohmann::json& value);
  void start_driver(int which, bool from_past);
  void start_all(bool from_past);
  std::vector<Moment> past_of(int which) const;
  void place(int which, std::int64_t attempt, const GroundPose* maybe_place);
  std::vector<PlannedStates> plans_of_all() const;
  void give_orders();
  bool act();
  void remember(const std::vector<std::vector<double>>& actions);
  Advance take_step();
  bool handle_falls();
  bool begin_to_rise(int which);
  void rise(int which);
  void stand_up(int which);
  void go_back_from_divergence();
  void restore(const HistoryEntry& entry);
  void resume();
  void begin_segment();
  Timeline timeline() const;

  std::shared_ptr<const Character> character_;
  EvalData data_;
  TaskSetup setup_;
  SimulationSettings settings_;
  std::shared_ptr<const Task> task_;
  std::shared_ptr<const LookaheadModel> model_;
  std::shared_ptr<const GetUpSkill> get_up_;  // null: the character knows none
  std::shared_ptr<const SceneInstance> scene_;
  std::unique_ptr<World> world_;
  std::unique_ptr<TaskRun> run_;  // in world_
  std::vector<Actor> actors_;
  std::shared_ptr<const Surroundings> around_;  // of character 0; may be null
  int count_ = 1;
  int next_ball_ = 0;
  std::int64_t step_ = 0, teleport_ = 0, attempt_ = 0;
  int falls_ = 0;
  bool success_ = false;
  std::string message_, failure_;
  std::optional<SteerCommand> command_;
  std::unique_ptr<JoystickDriver> joystick_;
  std::shared_ptr<ExpertTrack> track_;
  std::optional<KeyPoseRun> key_poses_;
  std::int64_t key_poses_start_ = 0;
  History history_;
  std::optional<std::int64_t> shown_;               // step of the past that is shown
  std::unique_ptr<Playback> playback_, reference_;  // reference_: what was taken over from
  std::int64_t reference_shift_ = 0;                // its step minus ours
  fs::path recording_file_;
  bool acting_ = false;  // a control step was begun and did not come to its end
  std::unique_ptr<Recording> recording_;
  std::unique_ptr<WorldRecorder> recorder_;
};

}  // namespace foresight
