// Snapshot: everything that the window shows of the simulation, copied after every control step.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sim/world.h"
#include "ui/live/plan_data.h"
#include "ui/live/task_setup.h"

namespace foresight {

struct Surroundings;

enum class RunState {
  kRunning,
  kThinking,  // the first plan is being made; time stands still
  kPaused,
  kFailed,  // paused because something went wrong: `message`
};

struct CharacterView {
  std::shared_ptr<const PlanData> plan;  // null before the first
  int plan_age = 0;                      // control steps
  bool fallen = false;
  Eigen::Vector3d root_position = Eigen::Vector3d::Zero();  // m
  double yaw = 0, speed = 0;                                // rad, m/s over ground
};

/// A contact force, world frame.
struct ContactForce {
  Eigen::Vector3d position, force;  // m, N
};

/// Where time can be moved to.
struct Timeline {
  std::int64_t first = 0, last = 0, position = 0;  // control steps
  bool in_past = false;                            // a scrubbed moment is shown
  bool playback = false;                           // of a recording
};

struct Snapshot {
  std::int64_t serial = 0;    // counts snapshots
  std::int64_t teleport = 0;  // changes when the world jumped: do not interpolate across
  std::int64_t step = 0;
  double time = 0;  // s, simulated
  std::chrono::steady_clock::time_point made;
  std::shared_ptr<const mjModel> model;
  std::vector<double> qpos;   // of the whole scene
  std::vector<double> mocap;  // 3 per moving object, m
  std::vector<CharacterView> characters;
  std::vector<ContactForce> contacts;          // when asked for
  std::shared_ptr<const Surroundings> around;  // what character 0 is told of; may be null
  // Pose (nq) of the recording taken over from, or of the clip that is followed; may be empty.
  std::vector<double> reference;
  double track_error = -1;  // m, from the clip that is followed; negative: none
  bool key_poses = false;   // key poses are being met
  TaskSetup setup;
  RunState state = RunState::kPaused;
  std::string message;
  bool success = false;  // the task is done
  std::string failure;   // why the task cannot succeed any more; empty: it can
  int falls = 0;
  Timeline timeline;
  double recorded = -1;  // s; negative: not recording
  double real_time_factor = 0, speed = 1;
  bool has_model = false;
};

}  // namespace foresight
