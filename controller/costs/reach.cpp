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
constexpr double kPull = 0.2;          // a point is moved by itself and with the whole body

// Where a key point is on its way from where it is now to the target: nearer with every frame, from
// the first on. What began slowly would be put off in every control step anew.
struct WayThere {
  Vector3d target, gap;
  double tau, dt;

  WayThere(const PredictedMotion& motion, int key, const Vector3d& there, double due, double step)
      : target(there),
        gap(motion.key_position_now(key) - there),
        tau(std::max(kShareOfTime * due, kShortest)),
        dt(step) {}
  Vector3d at(int f) const { return target + std::exp(-(f + 1) * dt / tau) * gap; }
};

double move_there(const PredictedMotion& motion, const Limb& limb, const WayThere& way,
                  MotionGradient& gradient) {
  LimbPath path = predicted_limb(motion, limb);
  for (int f = 0; f < motion.frames(); ++f) {
    bend_limb(limb_joint(motion, limb, f), limb.lengths, way.at(f), path[f]);
  }
  return move_limb(motion, limb, path, 0, motion.frames() - 1, way.dt, gradient);
}

double pull_there(const PredictedMotion& motion, int key, const WayThere& way,
                  MotionGradient& gradient) {
  double sum = 0;
  for (int f = 0; f < motion.frames(); ++f) {
    const Vector3d error = motion.key_position(f, key) - way.at(f);
    sum += 0.5 * kPull * error.squaredNorm();
    gradient.key_position(f, key, kPull * error);
  }
  return sum;
}

}  // namespace

Cost reach_cost(double weight, const ReachParameters& p) {
  return {"reach", weight,
          [p](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            const std::vector<double>& v = world.values;
            const int key =
                std::clamp(static_cast<int>(std::lround(v[p.key])), 0, motion.layout().K() - 1);
            if (v[p.due] > kBegin) return 0.0;
            Vector3d target(0, 0, v[p.z]);
            target.head<2>() = world.frame.point_in({v[p.x], v[p.y]});
            const WayThere way(motion, key, target, v[p.due], world.dt);
            return motion.layout().in_the_middle(key)
                       ? pull_there(motion, key, way, gradient)
                       : move_there(motion, motion.layout().limbs[key], way, gradient);
          }};
}

}  // namespace foresight
