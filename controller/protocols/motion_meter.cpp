#include "controller/protocols/motion_meter.h"

#include <algorithm>
#include <cmath>

#include "controller/eval_data.h"
#include "controller/state_layout.h"
#include "sim/rotation.h"

namespace foresight {

MotionMeter::MotionMeter(const Character& character)
    : character_(character),
      feature_stride_(
          std::max(1, static_cast<int>(std::lround(kFeatureSeconds * character.control_hz)))),
      features_(state_layout(character).dim() - 2) {}

void MotionMeter::add(const World& world, const BodyState& state) {
  path_.push_back({state.root_position.x(), state.root_position.y()});
  const Eigen::Rotation2Dd back(-yaw_of(state.root_rotation));
  heading_velocity_.push_back(back * state.root_velocity.head<2>());
  if (steps_ % feature_stride_ == 0) features_.add(motion_feature(character_, state));
  add_slide(world);
  add_joints(world);
  ++steps_;
}

// Horizontal velocity of the foot at each of its contact points with the ground.
void MotionMeter::add_slide(const World& world) {
  const mjModel& m = world.model();
  const mjData& d = world.data();
  const CharacterIndex& index = world.index();
  for (int c = 0; c < d.ncon; ++c) {
    const mjContact& contact = d.contact[c];
    if (m.geom_type[contact.geom[0]] != mjGEOM_PLANE || contact.dist > 0) continue;
    const int foot = index.geom_owner_is_foot[contact.geom[1]];
    if (foot == 0) continue;
    const int body = index.feet[foot - 1];
    mjtNum velocity[6];
    mj_objectVelocity(&m, &d, mjOBJ_XBODY, body, velocity, 0);
    const Vector3d spin(velocity[0], velocity[1], velocity[2]);
    const Vector3d arm =
        Eigen::Map<const Vector3d>(contact.pos) - Eigen::Map<const Vector3d>(d.xpos + 3 * body);
    const Vector3d v = Vector3d(velocity[3], velocity[4], velocity[5]) + spin.cross(arm);
    slide_ += v.head<2>().norm();
    ++contacts_;
  }
}

void MotionMeter::add_joints(const World& world) {
  const int nu = character_.nu;
  const Eigen::VectorXd q = Eigen::Map<const Eigen::VectorXd>(world.qpos().data() + 7, nu);
  if (steps_ >= 3) {
    const double dt = character_.control_dt();
    const Eigen::VectorXd third = q - 3 * joints_[2] + 3 * joints_[1] - joints_[0];
    jerk_ += third.cwiseAbs().mean() / (dt * dt * dt);
    ++jerks_;
  }
  joints_ = {joints_[1], joints_[2], q};
  const Eigen::Map<const Eigen::VectorXd> speed(world.qvel().data() + 6, nu);
  const Eigen::Map<const Eigen::VectorXd> torque(world.data().actuator_force + world.index().ctrl,
                                                 nu);
  power_ += speed.cwiseProduct(torque).cwiseAbs().sum();
}

MotionSummary MotionMeter::summary() const {
  MotionSummary s;
  s.seconds = static_cast<double>(steps_) * character_.control_dt();
  for (std::size_t i = 1; i < path_.size(); ++i) {
    s.distance += std::hypot(path_[i][0] - path_[i - 1][0], path_[i][1] - path_[i - 1][1]);
  }
  s.foot_slide = contacts_ > 0 ? slide_ / static_cast<double>(contacts_) : 0;
  s.jerk = jerks_ > 0 ? jerk_ / static_cast<double>(jerks_) : 0;
  s.power = steps_ > 0 ? power_ / static_cast<double>(steps_) : 0;
  s.mean_speed = s.seconds > 0 ? s.distance / s.seconds : 0;
  return s;
}

}  // namespace foresight
