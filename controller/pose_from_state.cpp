#include "controller/pose_from_state.h"

#include <Eigen/Cholesky>
#include <algorithm>

#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

Vector3d vector_at(std::span<const float> token, int first) {
  return {token[first], token[first + 1], token[first + 2]};
}

}  // namespace

PoseTargets pose_targets(const StateLayout& layout, std::span<const float> token,
                         const Eigen::Vector2d& origin, double yaw) {
  FS_CHECK(static_cast<int>(token.size()) == layout.dim());
  PoseTargets t;
  const Quaterniond here = quat_from_yaw(yaw);
  const Vector3d ground(origin.x(), origin.y(), 0);
  t.root_position = here * vector_at(token, layout.root_position()) + ground;
  t.root_rotation = here * quat_from_rotvec(vector_at(token, layout.root_rotation()));
  const Quaterniond own = quat_from_yaw(yaw_of(t.root_rotation));
  const Vector3d below(t.root_position.x(), t.root_position.y(), 0);
  t.key_position.resize(3, layout.K());
  for (int k = 0; k < layout.K(); ++k) {
    t.key_position.col(k) = own * vector_at(token, layout.key_position() + 3 * k) + below;
  }
  for (int e = 0; e < layout.E(); ++e) {
    const Vector3d r = vector_at(token, layout.end_effector_rotation() + 3 * e);
    t.end_effector_rotation.push_back(own * quat_from_rotvec(r));
  }
  return t;
}

StatePoseSolver::StatePoseSolver(std::shared_ptr<const Character> character,
                                 const PoseSolverOptions& options)
    : character_(std::move(character)), options_(options) {
  const mjModel& m = *character_->model;
  data_.reset(mj_makeData(&m));
  for (const auto& name : character_->key_points) {
    sites_.push_back(mj_name2id(&m, mjOBJ_SITE, name.c_str()));
  }
  for (const auto& name : character_->end_effectors) {
    bodies_.push_back(mj_name2id(&m, mjOBJ_BODY, name.c_str()));
  }
  low_.resize(character_->nu);
  high_.resize(character_->nu);
  for (int j = 0; j < character_->nu; ++j) {
    low_[j] = m.jnt_range[2 * (j + 1)];
    high_[j] = m.jnt_range[2 * (j + 1) + 1];
  }
  qpos_ = Eigen::Map<const Eigen::VectorXd>(m.qpos0, m.nq);
  const auto rows = static_cast<Eigen::Index>(3 * (sites_.size() + bodies_.size()));
  residual_.resize(rows);
  jacobian_.resize(rows, character_->nu);
  linear_.resize(3, m.nv);
  angular_.resize(3, m.nv);
}

void StatePoseSolver::warm_start(std::span<const double> qpos) {
  FS_CHECK(static_cast<int>(qpos.size()) == character_->nq);
  qpos_ = Eigen::Map<const Eigen::VectorXd>(qpos.data(), character_->nq);
  warm_ = true;
}

void StatePoseSolver::fill_residual(const PoseTargets& targets) {
  const mjModel& m = *character_->model;
  mjData& d = *data_;
  std::copy(qpos_.data(), qpos_.data() + m.nq, d.qpos);
  mj_kinematics(&m, &d);
  mj_comPos(&m, &d);
  const auto joints = character_->nu;
  for (std::size_t k = 0; k < sites_.size(); ++k) {
    const auto row = static_cast<Eigen::Index>(3 * k);
    mj_jacSite(&m, &d, linear_.data(), nullptr, sites_[k]);
    jacobian_.middleRows(row, 3) = linear_.rightCols(joints);
    residual_.segment<3>(row) = targets.key_position.col(static_cast<Eigen::Index>(k)) -
                                Eigen::Map<const Vector3d>(d.site_xpos + 3 * sites_[k]);
  }
  const auto keys = static_cast<Eigen::Index>(3 * sites_.size());
  error_ = residual_.head(keys).norm() / std::sqrt(static_cast<double>(sites_.size()));
  for (std::size_t e = 0; e < bodies_.size(); ++e) {
    const auto row = keys + static_cast<Eigen::Index>(3 * e);
    mj_jacBody(&m, &d, nullptr, angular_.data(), bodies_[e]);
    const Quaterniond now = quat_from_wxyz(d.xquat + 4 * bodies_[e]);
    jacobian_.middleRows(row, 3) = options_.rotation_weight * angular_.rightCols(joints);
    residual_.segment<3>(row) =
        options_.rotation_weight * rotvec_of(targets.end_effector_rotation[e] * now.conjugate());
  }
}

void StatePoseSolver::iterate(const PoseTargets& targets) {
  fill_residual(targets);
  Eigen::MatrixXd normal = jacobian_.transpose() * jacobian_;
  normal.diagonal().array() += options_.damping;
  const Eigen::VectorXd step = normal.ldlt().solve(jacobian_.transpose() * residual_);
  for (int j = 0; j < character_->nu; ++j) {
    qpos_[7 + j] = std::clamp(qpos_[7 + j] + std::clamp(step[j], -0.5, 0.5), low_[j], high_[j]);
  }
}

const Eigen::VectorXd& StatePoseSolver::solve(const PoseTargets& targets) {
  FS_CHECK(targets.key_position.cols() == static_cast<Eigen::Index>(sites_.size()));
  FS_CHECK(targets.end_effector_rotation.size() == bodies_.size());
  qpos_.head<3>() = targets.root_position;
  quat_to_wxyz(targets.root_rotation.normalized(), qpos_.data() + 3);
  const int count = warm_ ? options_.iterations : options_.cold_iterations;
  for (int i = 0; i < count; ++i) iterate(targets);
  fill_residual(targets);
  warm_ = true;
  return qpos_;
}

}  // namespace foresight
