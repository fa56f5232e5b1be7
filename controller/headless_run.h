// One character under one task, free-running: the loop behind `foresight run`. What happens is
// handed to observers (recording, video), which know nothing of the loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/control_log.h"
#include "controller/eval_data.h"
#include "controller/joystick.h"
#include "controller/lookahead_controller.h"
#include "controller/protocols/motion_meter.h"
#include "controller/protocols/protocol.h"
#include "controller/recovery/get_up.h"
#include "controller/task_run.h"

namespace foresight {

struct RunOptions {
  double seconds = 30;
  std::uint64_t seed = 0;
  std::string task = "joystick";
  TaskValues values;              // of the task; empty: its defaults
  std::vector<Segment> commands;  // joystick commands, repeated until the end; empty: none
  /// A task that is in no registry (from a file); used instead of `task`.
  std::shared_ptr<const Task> own_task;
  /// How fallen characters get up; null: they are stood up at the next start state.
  std::shared_ptr<const GetUpSkill> get_up;
};

/// What an observer sees: world and controller after World::step(), before who fell is dealt with.
struct RunStep {
  int step = 0;
  const World& world;
  const LookaheadController& controller;
  const BodyState& state;
  const std::vector<bool>& acted;  // per character: the controller decided this step's action
  StepStatus status = StepStatus::kOk;
  double step_ms = 0;  // of observation, plan and physics
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_start(int /*character*/, const ControlStart&) {}  // of the controller
  virtual void before_step(const World&) {}  // targets are set, World::step() comes next
  virtual void after_step(const RunStep& step) = 0;
};

struct RunFall {
  double seconds = 0;
  std::string reason;
};

struct RunSummary {
  MotionSummary motion;
  std::vector<RunFall> falls;  // after each the character gets up, or is stood up
  int got_up = 0;              // of them, those after which it got up by itself
  std::vector<std::array<double, 2>> path;
  std::vector<double> step_ms;
  bool success = false;  // the task's success, where it has one
  std::string failure;   // why the task cannot succeed any more; empty: it can, or did
  std::map<std::string, double> measures;  // of the task
  double wall_seconds = 0;
};

/// World of a run, for those who need its model before it starts (a renderer).
std::unique_ptr<World> make_run_world(std::shared_ptr<const Character> character,
                                      const RunOptions& options, const EvalData& data);

/// Runs the task in `world` with a controller of as many slots as the world has characters. Ends
/// early when the task is done.
RunSummary run_headless(World& world, LookaheadController& controller, const EvalData& data,
                        const RunOptions& options, const std::vector<RunObserver*>& observers = {});

}  // namespace foresight
