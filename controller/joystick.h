// Joystick commands relative to the character's facing, turned into values of the joystick task.
#pragma once

#include <vector>

#include "controller/task_episode.h"

namespace foresight {

/// What a thumb on a stick asks for.
struct JoystickCommand {
  double forward = 0, left = 0;  // m/s along and across the facing direction
  double turn_rate = 0;          // rad/s, left positive
};

/// Keeps the direction that the character should face while commands change.
struct JoystickDriver {
  double facing = 0;  // rad, world

  /// Values for the joystick task; call once per control step of `dt` seconds. The wanted facing
  /// turns on by the command's rate, at most a quarter turn ahead of `actual_yaw` (rad).
  TaskValues step(const Task& joystick, const JoystickCommand& command, double actual_yaw,
                  double dt);
};

/// A stretch of time with one command.
struct Segment {
  double seconds = 0;
  JoystickCommand command;
};

/// The joystick task under a sequence of commands, repeated until the end.
class CommandEpisode : public TaskEpisode {
 public:
  CommandEpisode(const Task& joystick, std::vector<Segment> segments);

  void direct(const TaskView& view, TaskOrders& orders) override;

 private:
  const Task& joystick_;
  std::vector<Segment> segments_;
  JoystickDriver driver_;
};

}  // namespace foresight
