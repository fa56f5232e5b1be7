#include "sim/motion/lead_in.h"

#include <cmath>
#include <limits>

#include "sim/motion/augment.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kVelocitySeconds = 0.15;  // s, of velocities beside angles and heights
constexpr double kRootWeight = 3;          // of the root beside one joint

// Column per frame: root height and tilt, joint angles; then how fast they and the root's place
// change, seen in the heading frame.
Eigen::MatrixXd features_of(const Character& character, const Clip& clip) {
  const Eigen::MatrixXd qvel = clip_velocities(character, clip);
  const int joints = character.nu;
  Eigen::MatrixXd features(4 + joints + 6 + joints, clip.frames());
  for (int f = 0; f < clip.frames(); ++f) {
    const auto q = clip.qpos.col(f);
    const auto v = qvel.col(f);
    const Quaterniond rotation = quat_from_wxyz(q.data() + 3);
    const Quaterniond to_heading = quat_from_yaw(-yaw_of(rotation));
    const Vector3d up = to_heading * rotation * Vector3d::UnitZ();
    const Vector3d velocity = to_heading * Vector3d(v.head<3>());
    features.col(f) << kRootWeight * q[2], kRootWeight * up, q.tail(joints),
        kVelocitySeconds * kRootWeight * velocity, kVelocitySeconds * v.segment<3>(3),
        kVelocitySeconds * v.tail(joints);
  }
  return features;
}

}  // namespace

std::optional<Clip> lead_in(const Character& character, const Clip& before, const Clip& clip,
                            const LeadInConfig& config, Rng& rng) {
  const int half = config.fade / 2;
  const int span = static_cast<int>(std::lround(config.search * clip.fps));
  const int kept =
      static_cast<int>(std::lround(rng.uniform(config.shortest, config.longest) * before.fps));
  const int room = before.frames() - kept - span - config.fade;
  if (room < 1 || clip.frames() < span + 2 * config.fade) return std::nullopt;
  const int begin = rng.index(room);
  const Eigen::MatrixXd from = features_of(character, before), to = features_of(character, clip);
  double best = std::numeric_limits<double>::infinity();
  int exit = 0, entry = 0;
  for (int a = begin + kept; a < begin + kept + span; ++a) {
    for (int b = half; b < half + span; ++b) {
      const double distance = (from.col(a) - to.col(b)).squaredNorm();
      if (distance >= best) continue;
      best = distance;
      exit = a;
      entry = b;
    }
  }
  const int length = exit - begin - half + config.fade;
  const int first = entry - half;
  Clip result = transition(character, cut_clip(before, begin, length),
                           cut_clip(clip, first, clip.frames() - first), config.fade);
  result.name = clip.name;
  result.source = clip.source;
  result.licence = clip.licence;
  add_credit(result, before);
  return result;
}

}  // namespace foresight
