#include "controller/joystick.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/base/error.h"

namespace foresight {
namespace {

const JoystickCommand& command_at(const std::vector<Segment>& segments, double time) {
  double all = 0;
  for (const Segment& s : segments) all += s.seconds;
  time = std::fmod(time, all);
  for (const Segment& s : segments) {
    if (time < s.seconds - 1e-9) return s.command;
    time -= s.seconds;
  }
  return segments.back().command;
}

}  // namespace

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

CommandEpisode::CommandEpisode(const Task& joystick, std::vector<Segment> segments)
    : joystick_(joystick), segments_(std::move(segments)) {
  FS_CHECK(!segments_.empty());
}

void CommandEpisode::direct(const TaskView& view, TaskOrders& orders) {
  const double yaw = yaw_of(view.state.root_rotation);
  if (view.world.fall(view.which).fallen) driver_.facing = yaw;  // who gets up goes on from there
  orders.values = driver_.step(joystick_, command_at(segments_, view.seconds), yaw,
                               view.world.character().control_dt());
}

}  // namespace foresight
