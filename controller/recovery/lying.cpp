#include "controller/recovery/lying.h"

#include <algorithm>
#include <cmath>

namespace foresight {
namespace {

constexpr double kEaseRate = 3.0;                       // rad/s
constexpr double kRestSpeed = 0.25;                     // m/s
constexpr double kRestTurnRate = 1.0;                   // rad/s
constexpr double kLeastRest = 0.5, kLongestRest = 2.5;  // s

Vector3d up_seen_from(const Quaterniond& root) { return root.conjugate() * Vector3d::UnitZ(); }

}  // namespace

int motion_for(const ReferenceMotion& motions, const Eigen::Quaterniond& root) {
  const Vector3d up = up_seen_from(root);
  const auto agreement = [&](const ReferenceClip& clip) {
    return up.dot(up_seen_from(quat_from_wxyz(motions.qpos.col(clip.begin).data() + 3)));
  };
  const auto best =
      std::max_element(motions.clips.begin(), motions.clips.end(),
                       [&](const auto& a, const auto& b) { return agreement(a) < agreement(b); });
  return static_cast<int>(best - motions.clips.begin());
}

GroundPose laid_over(const Eigen::VectorXd& from, const Eigen::VectorXd& to) {
  const Eigen::Map<const Eigen::Matrix3Xd> a(from.data(), 3, from.size() / 3);
  const Eigen::Map<const Eigen::Matrix3Xd> b(to.data(), 3, to.size() / 3);
  const Eigen::Vector2d centre_a = a.topRows<2>().rowwise().mean();
  const Eigen::Vector2d centre_b = b.topRows<2>().rowwise().mean();
  const Eigen::Matrix2Xd p = a.topRows<2>().colwise() - centre_a;
  const Eigen::Matrix2Xd q = b.topRows<2>().colwise() - centre_b;
  const double along = p.cwiseProduct(q).sum();
  const double across = p.row(0).dot(q.row(1)) - p.row(1).dot(q.row(0));
  GroundPose place{Eigen::Vector2d::Zero(), std::atan2(across, along)};
  place.position = centre_b - place.point_out(centre_a);
  return place;
}

void ease_into(const Character& character, const ReferenceMotion& motions, int motion,
               double* targets) {
  const auto goal = motions.qpos.col(motions.clips[motion].begin).tail(character.nu);
  const double most = kEaseRate * character.control_dt();
  for (int j = 0; j < character.nu; ++j) {
    targets[j] = std::clamp(targets[j] + std::clamp(goal[j] - targets[j], -most, most),
                            character.ctrl_low[j], character.ctrl_high[j]);
  }
}

bool ready_to_rise(const CharacterIndex& index, const mjData& data, double seconds) {
  const double* v = data.qvel + index.qvel;
  const bool still = Eigen::Map<const Vector3d>(v).norm() < kRestSpeed &&
                     Eigen::Map<const Vector3d>(v + 3).norm() < kRestTurnRate;
  return seconds >= kLongestRest || (still && seconds >= kLeastRest);
}

Eigen::VectorXd body_positions(const CharacterIndex& index, const mjData& data) {
  Eigen::VectorXd all(3 * static_cast<Eigen::Index>(index.bodies.size()));
  for (std::size_t b = 0; b < index.bodies.size(); ++b) {
    std::copy_n(data.xpos + 3 * index.bodies[b], 3, all.data() + 3 * b);
  }
  return all;
}

}  // namespace foresight
