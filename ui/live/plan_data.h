// PlanData: a plan as plain numbers, for drawing and plots.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace foresight {

/// One character's predicted states. Tokens are those of StateLayout in physical units, in the
/// heading frame that lies at `origin` with `yaw`; frame `now` is the current one.
struct PlanData {
  std::int64_t id = 0;
  int frames = 0, width = 0, now = 0;
  std::vector<float> states;  // frames x width, m, m/s, rad, rad/s
  Eigen::Vector2d origin = Eigen::Vector2d::Zero();
  double yaw = 0;
  std::vector<double> costs;    // weighted value per cost of the task
  std::vector<float> guidance;  // frames x width: the step that guidance would take; may be empty
  double seconds = 0;           // that planning took
  int network_calls = 0;
};

}  // namespace foresight
