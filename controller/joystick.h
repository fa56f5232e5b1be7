// Joystick commands relative to the character's facing, turned into values of the joystick task.
#pragma once

#include "controller/task.h"

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

}  // namespace foresight
