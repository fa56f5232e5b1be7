// Cost of bringing a key point to a point in space in time.
#include <algorithm>
#include <cmath>

#include "controller/costs/limb_path.h"
#include "controller/costs/terms.h"

namespace foresight {
namespace {

constexpr double kBegin = 0.9;         // s before the due time
constexpr double kShareOfTime = 0.15;  // the distance falls to 1/e in this share of the time left,
constexpr double kShortest = 0.08;     // s, not faster

// Where the limb is on its way from where it is now to the target: nearer with every frame, from
// the first on. What began slowly would be put off in every control step anew.
LimbPath limb_path(const PredictedMotion& motion, const Limb& limb, const Vector3d& target,
                   double due, double dt) {
  const Vector3d gap = motion.key_position_now(limb.keys.back()) - target;
  const double tau = std::max(kShareOfTime * due, kShortest);
  LimbPath path = predicted_limb(motion, limb);
  for (int f = 0; f < motion.frames(); ++f) {
    bend_limb(limb_joint(motion, limb, f), limb.lengths,
              target + std::exp(-(f + 1) * dt / tau) * gap, path[f]);
  }
  return path;
}

}  // namespace

Cost reach_cost(double weight, const ReachParameters& p) {
  return {"reach", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const std::vector<double>& v = world.values;
            const int key =
                std::clamp(static_cast<int>(std::lround(v[p.key])), 0, motion.layout().K() - 1);
            const Limb& limb = motion.layout().limbs[key];
            if (v[p.due] > kBegin || limb.keys.empty()) return 0.0;
            Vector3d target(0, 0, v[p.z]);
            target.head<2>() = world.frame.point_in({v[p.x], v[p.y]});
            const LimbPath path = limb_path(motion, limb, target, v[p.due], world.dt);
            return move_limb(motion, limb, path, 0, motion.frames() - 1, world.dt, gradient);
          }};
}

}  // namespace foresight
