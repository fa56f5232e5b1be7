#include "ui/live/key_poses.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

// Numbers of a token that a pose without velocity decides.
std::vector<StateRange> position_parts(const StateLayout& layout) {
  std::vector<StateRange> parts;
  for (const StateRange& range : layout.ranges()) {
    if (range.name.find("velocity") == std::string::npos) parts.push_back(range);
  }
  return parts;
}

}  // namespace

BodyState state_of_pose(const Character& character, const std::vector<double>& qpos) {
  FS_CHECK(static_cast<int>(qpos.size()) == character.nq);
  const mjModel& m = *character.model;
  const DataPtr data(mj_makeData(&m));
  std::copy(qpos.begin(), qpos.end(), data->qpos);
  mj_kinematics(&m, data.get());
  mj_comPos(&m, data.get());
  mj_comVel(&m, data.get());
  BodyState state;
  read_body_state(m, *data, index_character(character, m, 0), state);
  return state;
}

std::vector<double> pose_between(const Character& character, const std::vector<double>& start,
                                 std::vector<KeyPose> poses, double seconds) {
  FS_CHECK(!poses.empty());
  std::sort(poses.begin(), poses.end(),
            [](const KeyPose& a, const KeyPose& b) { return a.seconds < b.seconds; });
  KeyPose before{0, start};
  for (const KeyPose& pose : poses) {
    if (pose.seconds >= seconds && pose.seconds > before.seconds) {
      const double share = (seconds - before.seconds) / (pose.seconds - before.seconds);
      std::vector<double> way(character.nv), between = before.qpos;
      mj_differentiatePos(character.model.get(), way.data(), 1, before.qpos.data(),
                          pose.qpos.data());
      mj_integratePos(character.model.get(), between.data(), way.data(), share);
      return between;
    }
    before = pose;
  }
  return before.qpos;
}

KeyPoseRun::KeyPoseRun(std::shared_ptr<const Character> character, std::vector<KeyPose> poses)
    : parts_(position_parts(state_layout(*character))) {
  std::sort(poses.begin(), poses.end(),
            [](const KeyPose& a, const KeyPose& b) { return a.seconds < b.seconds; });
  for (const KeyPose& pose : poses) {
    keys_.push_back(
        {std::llround(pose.seconds * character->control_hz), state_of_pose(*character, pose.qpos)});
  }
}

void KeyPoseRun::direct(std::int64_t steps, const BodyState& now, int future,
                        Surroundings& around) const {
  Eigen::Vector2d from = now.root_position.head<2>();
  std::int64_t from_frame = 0;
  for (const Key& key : keys_) {
    const std::int64_t ahead = key.step - steps;
    if (ahead < 1) continue;
    const Eigen::Vector2d place = key.state.root_position.head<2>();
    if (ahead <= future) {
      around.keyframes.push_back({static_cast<int>(ahead), key.state, parts_});
      from = place;
      from_frame = ahead;
      continue;
    }
    around.track.assign(future, {});
    for (std::int64_t f = from_frame; f < future; ++f) {
      const double share =
          static_cast<double>(f + 1 - from_frame) / static_cast<double>(ahead - from_frame);
      around.track[f] = {from + share * (place - from), share};
    }
    return;
  }
}

bool KeyPoseRun::over(std::int64_t steps) const {
  return keys_.empty() || steps > keys_.back().step;
}

}  // namespace foresight
