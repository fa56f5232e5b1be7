#include "controller/joystick.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace foresight {

TaskValues JoystickDriver::step(const Task& joystick, const JoystickCommand& command,
                                double actual_yaw, double dt) {
  constexpr double pi = std::numbers::pi;
  facing += command.turn_rate * dt;
  if (command.turn_rate != 0) {
    const double ahead = std::remainder(facing - actual_yaw, 2 * pi);
    facing = actual_yaw + std::clamp(ahead, -pi / 2, pi / 2);
  }
  const double offset = std::atan2(command.left, command.forward);
  TaskValues values = joystick.defaults();
  values[joystick.parameter("speed")] = std::hypot(command.forward, command.left);
  values[joystick.parameter("direction")] = std::remainder(facing + offset, 2 * pi);
  values[joystick.parameter("turn_rate")] = command.turn_rate;
  values[joystick.parameter("facing")] = -offset;
  return values;
}

}  // namespace foresight
