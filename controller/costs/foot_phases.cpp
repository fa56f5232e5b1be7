#include "controller/costs/foot_phases.h"

#include "controller/costs/limb_pose.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr double kSlowFoot = 0.9;  // m/s, a slower foot stands

}  // namespace

Foot::Foot(const StateLayout& layout, int key) : ankle(key), toe(key) {
  const std::vector<int>& keys = layout.limbs[key].keys;
  if (keys.size() > 1) ankle = keys[keys.size() - 2];
}

Vector3d Foot::middle(const PredictedMotion& motion, int f) const {
  return 0.5 * (motion.key_position(f, ankle) + motion.key_position(f, toe));
}

std::vector<FootPhase> foot_phases(const PredictedMotion& motion, const Foot& foot) {
  std::vector<FootPhase> phases;
  for (int f = 0; f < motion.frames(); ++f) {
    const bool slow = motion.key_velocity(f, foot.toe).head<2>().norm() < kSlowFoot;
    if (phases.empty() || phases.back().stands != slow) phases.push_back({f, f, slow});
    phases.back().end = f + 1;
  }
  return phases;
}

void shift_foot(const Vector3d& hip, const std::vector<double>& lengths, const Vector3d& by,
                std::vector<Vector3d>& links) {
  const Vector3d foot = links.back() - links[links.size() - 2];
  links.pop_back();
  bend_limb(hip, lengths, links.back() + by, links);
  links.push_back(links.back() + foot);
}

}  // namespace foresight
