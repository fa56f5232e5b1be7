#include "controller/keyframe_reader.h"

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {

KeyframeReader::KeyframeReader(const Character& character, const EvalMotion& motion, int first,
                               const GroundPose& place)
    : character_(character),
      motion_(motion),
      first_(first),
      place_(place),
      data_(mj_makeData(character.model.get())),
      index_(index_character(character, *character.model, 0)) {
  const auto q = motion.pose(first);
  origin_ = {Eigen::Vector2d(q[0], q[1]), yaw_of(quat_from_wxyz(q.data() + 3))};
}

TaskEpisode::FixedStart KeyframeReader::pose(int frame) const {
  TaskEpisode::FixedStart out{motion_.pose(first_ + frame), motion_.velocity(first_ + frame)};
  const double turn = place_.yaw - origin_.yaw;
  const Eigen::Vector2d at = place_.point_out(origin_.point_in({out.qpos[0], out.qpos[1]}));
  const Eigen::Vector2d speed =
      Eigen::Rotation2Dd(turn) * Eigen::Vector2d(out.qvel[0], out.qvel[1]);
  std::copy_n(at.data(), 2, out.qpos.begin());
  std::copy_n(speed.data(), 2, out.qvel.begin());
  const Quaterniond q = quat_from_wxyz(out.qpos.data() + 3).normalized();
  quat_to_wxyz(quat_from_yaw(turn) * q, out.qpos.data() + 3);
  return out;
}

BodyState KeyframeReader::state(int frame) const {
  const auto now = pose(frame);
  std::copy(now.qpos.begin(), now.qpos.end(), data_->qpos);
  std::copy(now.qvel.begin(), now.qvel.end(), data_->qvel);
  const mjModel& m = *character_.model;
  mj_kinematics(&m, data_.get());
  mj_comPos(&m, data_.get());
  mj_comVel(&m, data_.get());
  BodyState state;
  read_body_state(m, *data_, index_, state);
  return state;
}

const std::vector<EvalMotion>& keyframe_motions(const EvalData* data) {
  if (data != nullptr && !data->motions.empty()) return data->motions;
  throw InputError(
      "this task needs keyframes, and the evaluation data has none: make it again with foresight "
      "make-eval-data");
}

BodyState recorded_pose(const Character& character, const EvalData* data, int number,
                        const GroundPose& place) {
  const auto& motions = keyframe_motions(data);
  const EvalMotion& motion = motions[static_cast<std::size_t>(number) % motions.size()];
  BodyState pose = KeyframeReader(character, motion, motion.frames() / 2, place).state(0);
  pose.root_velocity.setZero();
  pose.root_angular_velocity.setZero();
  pose.key_velocity.setZero();
  return pose;
}

}  // namespace foresight
