// Joint angles from a predicted state: tokens hold body positions and end-effector rotations, but
// ghosts, keyframe previews, tracking and plan export need a pose (design.md decision 10).
#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "controller/state_layout.h"
#include "sim/character.h"

namespace foresight {

/// World-frame targets of one frame, read from a state token.
struct PoseTargets {
  Eigen::Vector3d root_position;  // m
  Eigen::Quaterniond root_rotation;
  Eigen::Matrix3Xd key_position;  // m
  std::vector<Eigen::Quaterniond> end_effector_rotation;
};

/// Targets of a token (physical units, `layout.dim()` numbers) whose current heading frame lies at
/// `origin` (world xy, m) with `yaw` (rad).
PoseTargets pose_targets(const StateLayout& layout, std::span<const float> token,
                         const Eigen::Vector2d& origin, double yaw);

struct PoseSolverOptions {
  int iterations = 3;            // damped Gauss-Newton steps when warm-started
  int cold_iterations = 30;      // for the first frame
  double damping = 1e-3;         // m^2 per rad^2
  double rotation_weight = 0.1;  // m per rad of end-effector rotation
};

/// Damped least squares on key points and end-effector rotations, joint limits kept. The root is
/// taken from the targets. Warm-started: solve frames in order.
class StatePoseSolver {
 public:
  explicit StatePoseSolver(std::shared_ptr<const Character> character,
                           const PoseSolverOptions& options = {});

  /// Pose (nq, layout of Character) that fits the targets best.
  const Eigen::VectorXd& solve(const PoseTargets& targets);

  /// Root mean square distance of the key points in the last solution, m.
  double error() const { return error_; }

  /// Starts the next solve from a known pose (nq), for instance the current one.
  void warm_start(std::span<const double> qpos);

 private:
  void iterate(const PoseTargets& targets);
  void fill_residual(const PoseTargets& targets);

  std::shared_ptr<const Character> character_;
  PoseSolverOptions options_;
  DataPtr data_;
  std::vector<int> sites_, bodies_;
  Eigen::VectorXd low_, high_;  // joint limits, rad
  Eigen::VectorXd qpos_, residual_;
  Eigen::MatrixXd jacobian_;
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> linear_, angular_;
  bool warm_ = false;
  double error_ = 0;
};

}  // namespace foresight
