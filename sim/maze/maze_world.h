// The point mass of D4RL maze2d v1 in MuJoCo: a ball of 4.19 kg, two motors, 0.01 s steps.
#pragma once

#include <mujoco/mujoco.h>

#include <array>
#include <cstdint>
#include <memory>

#include "sim/base/rng.h"
#include "sim/maze/maze_layout.h"

namespace foresight {

/// Position (m, observation units) and velocity (m/s): x, y, vx, vy.
using MazeObservation = std::array<double, 4>;
/// Motor commands in [-1, 1]; 1 is 23.9 m/s^2.
using MazeAction = std::array<double, 2>;

inline constexpr double kMazeStepSeconds = 0.01;
inline constexpr double kMazeGoalRadius = 0.5;  ///< m, reward 1 inside
inline constexpr double kMazeOffset = 1.2;      ///< world = observation + offset, m

/// MJCF of a maze; all sizes in m.
std::string maze_mjcf(const MazeLayout& layout);

/// Compiled model, to be shared by any number of worlds.
std::shared_ptr<const mjModel> compile_maze(const MazeLayout& layout);

class MazeWorld {
 public:
  /// The target is the fixed goal of the map. Call reset before step.
  MazeWorld(const MazeLayout& layout, std::shared_ptr<const mjModel> model, std::uint64_t seed);

  /// Uniform free cell + U(-0.1, 0.1), velocity 0.1 N(0, 1).
  MazeObservation reset();
  void set_state(const MazeObservation& state);

  /// Clips the action to [-1, 1] and the velocity to [-5, 5] m/s before the step, as the reference
  /// does (so that observed speeds reach about 5.2 m/s).
  MazeObservation step(const MazeAction& action);

  MazeObservation observation() const;
  /// 1 within kMazeGoalRadius of the target, else 0.
  double reward() const;

  const MazePoint& target() const { return target_; }
  void set_target(const MazePoint& target) { target_ = target; }
  /// Uniform free cell + U(-0.1, 0.1) (Multi2D).
  void draw_target();

  const MazeLayout& layout() const { return layout_; }

 private:
  MazePoint draw_point();

  MazeLayout layout_;
  std::vector<MazeCell> cells_;
  std::shared_ptr<const mjModel> model_;
  std::unique_ptr<mjData, void (*)(mjData*)> data_;
  Rng rng_;
  MazePoint target_;
};

/// Distance between two positions, m.
double maze_distance(const MazePoint& a, const MazePoint& b);

}  // namespace foresight
