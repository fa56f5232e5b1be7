// One character under one task, free-running: the loop behind `foresight run`. What happens is
// handed to observers (recording, video), which know nothing of the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/eval_data.h"
#include "controller/joystick.h"
#include "controller/lookahead_controller.h"
#include "controller/protocols/motion_meter.h"
#include "controller/protocols/protocol.h"

namespace foresight {

struct RunOptions {
  double seconds = 30;
  std::uint64_t seed = 0;
  std::string task = "joystick";
  TaskValues values;              // of the task; empty: its defaults
  std::vector<Segment> commands;  // joystick commands, repeated until the end; empty: none
};

/// What an observer sees: world and controller after a control step.
struct RunStep {
  int step = 0;
  const World& world;
  const LookaheadController& controller;
  const BodyState& state;
};
using RunObserver = std::function<void(const RunStep&)>;

struct RunFall {
  double seconds = 0;
  std::string reason;
};

struct RunSummary {
  MotionSummary motion;
  std::vector<RunFall> falls;  // after each the character stands up at the next start state
  std::vector<std::array<double, 2>> path;
  std::vector<double> step_ms;
  bool success = false;  // the task's success, where it has one
  double wall_seconds = 0;
};

/// World of a run, for those who need its model before it starts (a renderer).
std::unique_ptr<World> make_run_world(std::shared_ptr<const Character> character,
                                      const RunOptions& options);

/// Runs the task in `world` with a controller of one world.
RunSummary run_headless(World& world, LookaheadController& controller, const EvalData& data,
                        const RunOptions& options, const std::vector<RunObserver>& observers);

}  // namespace foresight
