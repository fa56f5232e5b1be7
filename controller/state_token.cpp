#include "controller/state_token.h"

namespace foresight {

Eigen::VectorXd state_token(const StateLayout& layout, const BodyState& state,
                            const GroundPose& now) {
  const Quaterniond to_now = quat_from_yaw(-now.yaw);
  const Quaterniond to_own = quat_from_yaw(-yaw_of(state.root_rotation));
  const Vector3d below(state.root_position.x(), state.root_position.y(), 0);
  const Vector3d origin(now.position.x(), now.position.y(), 0);
  Eigen::VectorXd token(layout.dim());
  const auto put = [&](int first, const Vector3d& v) { token.segment<3>(first) = v; };
  for (int k = 0; k < layout.K(); ++k) {
    put(layout.key_position() + 3 * k, to_own * (state.key_position.col(k) - below));
    put(layout.key_velocity() + 3 * k, to_own * (state.key_velocity.col(k) - state.root_velocity));
  }
  put(layout.root_position(), to_now * (state.root_position - origin));
  put(layout.root_rotation(), rotvec_of(to_now * state.root_rotation));
  put(layout.root_velocity(), to_now * state.root_velocity);
  put(layout.root_angular_velocity(), to_now * state.root_angular_velocity);
  for (int e = 0; e < layout.E(); ++e) {
    put(layout.end_effector_rotation() + 3 * e, rotvec_of(to_own * state.end_effector_rotation[e]));
  }
  return token;
}

}  // namespace foresight
