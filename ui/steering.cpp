#include "ui/steering.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <cmath>

#include "ui/bindings.h"
#include "ui/window.h"

namespace foresight {
namespace {

constexpr double kWalk = 1.3, kRun = 2.6, kSide = 0.6, kTurn = 1.4;  // m/s, rad/s
constexpr double kDeadZone = 0.15;
constexpr double kRise = 4;  // share of the full range per second

double axis(float value) {
  const double size = std::abs(value);
  if (size < kDeadZone) return 0;
  return std::copysign((size - kDeadZone) / (1 - kDeadZone), value);
}

double towards(double now, double wanted, double step) {
  return now + std::clamp(wanted - now, -step, step);
}

}  // namespace

SteerCommand steering_of_keys(const Window& window) {
  const auto down = [&window](Action action) {
    return window.key_down(binding_of(action).key) ? 1.0 : 0.0;
  };
  const double speed = down(Action::kRun) > 0 ? kRun : kWalk;
  return {speed * down(Action::kForward) - 0.6 * kWalk * down(Action::kBackward),
          kSide * (down(Action::kLeft) - down(Action::kRight)),
          kTurn * (down(Action::kTurnLeft) - down(Action::kTurnRight))};
}

std::optional<SteerCommand> steering_of_pad(const Window& window) {
  float axes[6];
  if (!window.pad_axes(axes)) return {};
  const bool run = window.pad_button(binding_of(Action::kRun).pad_button);
  return SteerCommand{-(run ? kRun : kWalk) * axis(axes[GLFW_GAMEPAD_AXIS_LEFT_Y]),
                      -kSide * axis(axes[GLFW_GAMEPAD_AXIS_LEFT_X]),
                      -kTurn * axis(axes[GLFW_GAMEPAD_AXIS_RIGHT_X])};
}

SteerCommand stronger(const SteerCommand& a, const SteerCommand& b) {
  const auto pick = [](double x, double y) { return std::abs(x) >= std::abs(y) ? x : y; };
  return {pick(a.forward, b.forward), pick(a.left, b.left), pick(a.turn_rate, b.turn_rate)};
}

const SteerCommand& SteerFilter::step(const SteerCommand& wanted, double dt) {
  now_.forward = towards(now_.forward, wanted.forward, kRise * kWalk * dt);
  now_.left = towards(now_.left, wanted.left, kRise * kSide * dt);
  now_.turn_rate = towards(now_.turn_rate, wanted.turn_rate, kRise * kTurn * dt);
  return now_;
}

}  // namespace foresight
