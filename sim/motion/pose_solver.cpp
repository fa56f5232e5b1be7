#include "sim/motion/pose_solver.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr int kRootDofs = 6;
constexpr double kMaxStep = 0.6;     // rad or m per iteration
constexpr double kConverged = 1e-4;  // rad or m

Eigen::Map<const Vector3d> vec(const mjtNum* v) { return Eigen::Map<const Vector3d>(v); }

}  // namespace

PoseSolver::PoseSolver(const Character& character)
    : character_(character),
      model_(*character.model),
      data_(mj_makeData(character.model.get())),
      chain_(model_.nbody),
      columns_(3, model_.nv),
      hessian_(model_.nv, model_.nv),
      gradient_(model_.nv) {
  FS_CHECK(data_ != nullptr);
  for (int b = 1; b < model_.nbody; ++b) {
    chain_[b] = chain_[model_.body_parentid[b]];
    for (int k = 0; k < model_.body_dofnum[b]; ++k) chain_[b].push_back(model_.body_dofadr[b] + k);
  }
}

const mjData& PoseSolver::kinematics(const Eigen::VectorXd& qpos) {
  FS_CHECK(qpos.size() == model_.nq);
  Eigen::Map<Eigen::VectorXd>(data_->qpos, model_.nq) = qpos;
  mj_kinematics(&model_, data_.get());
  return *data_;
}

// Adds one goal's J'J and J'r, from the first columns of columns_.
void PoseSolver::accumulate(const std::vector<int>& dofs, const Vector3d& residual, double weight) {
  const int count = static_cast<int>(dofs.size());
  for (int i = 0; i < count; ++i) {
    const Vector3d a = weight * columns_.col(i);
    gradient_[dofs[i]] += a.dot(residual);
    for (int j = 0; j <= i; ++j) hessian_(dofs[i], dofs[j]) += a.dot(columns_.col(j));
  }
}

double PoseSolver::add_point(const PointGoal& goal, bool jacobian) {
  const Quaterniond turn = quat_from_wxyz(data_->xquat + 4 * goal.body);
  const Vector3d point = vec(data_->xpos + 3 * goal.body) + turn * goal.local;
  const Vector3d residual = goal.goal - point;
  if (jacobian) {
    const Eigen::Matrix3d root = quat_from_wxyz(data_->qpos + 3).toRotationMatrix();
    const Vector3d root_arm = point - vec(data_->qpos);
    const auto& dofs = chain_[goal.body];
    for (std::size_t i = 0; i < dofs.size(); ++i) {
      const int dof = dofs[i];
      if (dof < 3) {
        columns_.col(i) = Vector3d::Unit(dof);
      } else if (dof < kRootDofs) {
        columns_.col(i) = root.col(dof - 3).cross(root_arm);
      } else {
        const int joint = model_.dof_jntid[dof];
        columns_.col(i) =
            vec(data_->xaxis + 3 * joint).cross(point - vec(data_->xanchor + 3 * joint));
      }
    }
    accumulate(dofs, residual, goal.weight);
  }
  return goal.weight * residual.squaredNorm();
}

double PoseSolver::add_turn(const TurnGoal& goal, bool jacobian) {
  const Quaterniond turn = quat_from_wxyz(data_->xquat + 4 * goal.body);
  const Vector3d residual = rotvec_of(goal.goal * turn.conjugate());
  if (jacobian) {
    const Eigen::Matrix3d root = quat_from_wxyz(data_->qpos + 3).toRotationMatrix();
    const auto& dofs = chain_[goal.body];
    for (std::size_t i = 0; i < dofs.size(); ++i) {
      const int dof = dofs[i];
      if (dof < 3) {
        columns_.col(i).setZero();
      } else if (dof < kRootDofs) {
        columns_.col(i) = root.col(dof - 3);
      } else {
        columns_.col(i) = vec(data_->xaxis + 3 * model_.dof_jntid[dof]);
      }
    }
    accumulate(dofs, residual, goal.weight);
  }
  return goal.weight * residual.squaredNorm();
}

double PoseSolver::add_reference(const PoseProblem& problem, const Eigen::VectorXd& qpos,
                                 bool jacobian) {
  if (problem.reference.size() == 0) return 0;
  Eigen::VectorXd gap(model_.nv);
  mj_differentiatePos(&model_, gap.data(), 1.0, qpos.data(), problem.reference.data());
  const Eigen::VectorXd weighted = problem.reference_weight.cwiseProduct(gap);
  if (jacobian) {
    gradient_ += weighted;
    hessian_.diagonal() += problem.reference_weight;
  }
  return weighted.dot(gap);
}

double PoseSolver::linearise(const PoseProblem& problem, const Eigen::VectorXd& qpos,
                             bool jacobian) {
  kinematics(qpos);
  if (jacobian) {
    hessian_.setZero();
    gradient_.setZero();
  }
  double cost = add_reference(problem, qpos, jacobian);
  for (const PointGoal& goal : problem.points) cost += add_point(goal, jacobian);
  for (const TurnGoal& goal : problem.turns) cost += add_turn(goal, jacobian);
  return cost;
}

// Joints at a limit that the gradient pushes further out stay where they are.
Eigen::VectorXd PoseSolver::step(const Eigen::VectorXd& qpos, double damping) {
  Eigen::MatrixXd h = hessian_.selfadjointView<Eigen::Lower>();
  Eigen::VectorXd g = gradient_;
  h.diagonal().array() += damping;
  for (int j = 1; j < model_.njnt; ++j) {
    const int dof = model_.jnt_dofadr[j];
    const double q = qpos[model_.jnt_qposadr[j]];
    const bool low = q <= model_.jnt_range[2 * j] + 1e-9 && g[dof] < 0;
    const bool high = q >= model_.jnt_range[2 * j + 1] - 1e-9 && g[dof] > 0;
    if (!model_.jnt_limited[j] || !(low || high)) continue;
    h.row(dof).setZero();
    h.col(dof).setZero();
    h(dof, dof) = 1.0;
    g[dof] = 0.0;
  }
  Eigen::VectorXd dq = h.llt().solve(g);
  const double largest = dq.cwiseAbs().maxCoeff();
  if (largest > kMaxStep) dq *= kMaxStep / largest;
  return dq;
}

void PoseSolver::move(Eigen::VectorXd& qpos, const Eigen::VectorXd& dq) const {
  mj_integratePos(&model_, qpos.data(), dq.data(), 1.0);
  for (int j = 1; j < model_.njnt; ++j) {
    if (!model_.jnt_limited[j]) continue;
    double& q = qpos[model_.jnt_qposadr[j]];
    q = std::clamp(q, model_.jnt_range[2 * j], model_.jnt_range[2 * j + 1]);
  }
}

double PoseSolver::solve(const PoseProblem& problem, Eigen::VectorXd& qpos, int iterations) {
  double damping = 1e-5;
  double cost = linearise(problem, qpos, true);
  for (int i = 0; i < iterations; ++i) {
    const Eigen::VectorXd dq = step(qpos, damping);
    Eigen::VectorXd trial = qpos;
    move(trial, dq);
    const bool last = i + 1 == iterations;
    const double trial_cost = linearise(problem, trial, false);
    if (trial_cost < cost) {
      qpos = trial;
      cost = trial_cost;
      damping = std::max(1e-7, 0.3 * damping);
      if (last || dq.cwiseAbs().maxCoeff() < kConverged) break;
      linearise(problem, qpos, true);
    } else {
      if (damping > 1e2 || dq.cwiseAbs().maxCoeff() < kConverged) break;
      damping *= 20;
    }
  }
  return cost;
}

}  // namespace foresight
