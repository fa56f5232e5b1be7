// FrameHistory: the last few body states of a batch of worlds, as features.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "controller/state_layout.h"
#include "models/torch.h"
#include "sim/world.h"

namespace foresight {

class FrameHistory {
 public:
  /// Of `frames` control steps, `dt` s apart.
  FrameHistory(StateLayout layout, int worlds, int frames, double dt);

  /// Starts a world as if its body had moved at constant velocity until `state`. Like push(), for
  /// several worlds at once if need be.
  void start(int world, const BodyState& state);
  /// Adds the state of the next control step. No allocation.
  void push(int world, const BodyState& state);

  /// State tokens [worlds, frames x D] in the heading frame of the newest state, oldest first;
  /// physical units.
  torch::Tensor features() const;

 private:
  void write(int world, int frame, const BodyState& state);

  StateLayout layout_;
  int frames_;
  double dt_;
  std::vector<Eigen::Vector2d> origins_;  // m, where each world started: keeps float32 precise
  torch::Tensor raw_;                     // [worlds, frames, R]
};

}  // namespace foresight
