// Monkey: random input, for long tests.
#pragma once

#include "sim/base/rng.h"
#include "ui/app_state.h"

namespace foresight {

class Window;

class Monkey {
 public:
  explicit Monkey(std::uint64_t seed) : rng_{random_key(seed, 0x6d6f6e6b6579)} {}

  /// Overwrites mouse and keys of this frame. Call between the backend's and ImGui's NewFrame.
  void act(Window& window, const AppState& state);

 private:
  void choose_target(const Window& window, const AppState& state);
  void press_keys(Window& window);

  Rng rng_;
  float x_ = 100, y_ = 100, to_x_ = 100, to_y_ = 100;
  int frames_left_ = 0;
  bool down_[2] = {false, false};
};

/// Resident memory of this process, MiB.
double resident_mib();

}  // namespace foresight
