// Keys and gamepad as steering.
#pragma once

#include <optional>

#include "ui/live/simulation.h"

namespace foresight {

class Window;

/// What is held down now, before smoothing.
SteerCommand steering_of_keys(const Window& window);
/// Left stick walks, right stick turns; nothing without a gamepad.
std::optional<SteerCommand> steering_of_pad(const Window& window);

/// The stronger of two commands, per part.
SteerCommand stronger(const SteerCommand& a, const SteerCommand& b);

/// Lets a command rise and fall over a third of a second, as a thumb does.
class SteerFilter {
 public:
  const SteerCommand& step(const SteerCommand& wanted, double dt);

 private:
  SteerCommand now_;
};

}  // namespace foresight
