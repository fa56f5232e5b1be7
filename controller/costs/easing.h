// What commands ask for, come to over time as bodies do. A jump would ask the network for motion
// that nobody makes: strong guidance towards it makes the character fall, towards this it does not.
#pragma once

#include <cmath>

namespace foresight {

inline constexpr double kEaseSeconds = 0.4;  // docs/experiments.md

/// Target `seconds` after now, when `asked` is asked for then and `error` is how far now is from
/// what is asked for now. The error dies away; a moving target is followed without lag.
template <typename T>
T eased(const T& asked, const T& error, double seconds) {
  return asked + std::exp(-seconds / kEaseSeconds) * error;
}

}  // namespace foresight
