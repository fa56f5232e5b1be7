// Inverse kinematics: the pose of a character that brings points and orientations of its bodies to
// goals. Damped Gauss-Newton (Levenberg-Marquardt) in joint space; joint limits always hold.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <vector>

#include "sim/character.h"

namespace foresight {

/// A point of a body (MuJoCo body id, body frame, m) and where it should be (world, m).
struct PointGoal {
  int body;
  Eigen::Vector3d local;
  Eigen::Vector3d goal;
  double weight;  // cost per m^2
};

/// A body's world orientation.
struct TurnGoal {
  int body;
  Eigen::Quaterniond goal;
  double weight;  // cost per rad^2
};

/// Minimise the weighted squares of all goals plus the distance to a reference pose.
struct PoseProblem {
  std::vector<PointGoal> points;
  std::vector<TurnGoal> turns;
  Eigen::VectorXd reference;         // nq; empty: no reference
  Eigen::VectorXd reference_weight;  // nv, cost per m^2 and rad^2
};

class PoseSolver {
 public:
  explicit PoseSolver(const Character& character);

  /// Improves `qpos` (nq, the start) in at most `iterations` steps. Returns the remaining cost.
  double solve(const PoseProblem& problem, Eigen::VectorXd& qpos, int iterations);

  /// Forward kinematics; the result's xpos, xquat, site_xpos ... are valid until the next call.
  const mjData& kinematics(const Eigen::VectorXd& qpos);

 private:
  double linearise(const PoseProblem& problem, const Eigen::VectorXd& qpos, bool jacobian);
  double add_point(const PointGoal& goal, bool jacobian);
  double add_turn(const TurnGoal& goal, bool jacobian);
  double add_reference(const PoseProblem& problem, const Eigen::VectorXd& qpos, bool jacobian);
  void accumulate(const std::vector<int>& dofs, const Eigen::Vector3d& residual, double weight);
  Eigen::VectorXd step(const Eigen::VectorXd& qpos, double damping);
  void move(Eigen::VectorXd& qpos, const Eigen::VectorXd& step) const;

  const Character& character_;
  const mjModel& model_;
  DataPtr data_;
  std::vector<std::vector<int>> chain_;  // body -> dofs that move it
  Eigen::Matrix3Xd columns_;             // Jacobian of the goal at hand, by place in the chain
  Eigen::MatrixXd hessian_;
  Eigen::VectorXd gradient_;
};

}  // namespace foresight
