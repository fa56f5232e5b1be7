// Cost of setting the feet down on platforms.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "controller/costs/foot_phases.h"
#include "controller/costs/limb_path.h"
#include "controller/costs/terms.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr double kInside = 0.18;  // m, from the edge: half a foot and some
constexpr double kLargest = 0.4;  // m, a step is not changed by more
constexpr double kGround = 0.04;  // m, height of a foot's key point that stands
constexpr double kRise = 0.12;    // m, of a foot over a gap
constexpr int kDecided = 2;       // frames, a foot that lands within them cannot help it

double smooth(double share) { return share * share * (3 - 2 * share); }

// From where a foot would stand to the nearest place inside a platform.
Vector3d to_platform(const std::vector<Obstacle>& platforms, const Vector3d& foot) {
  double least = std::numeric_limits<double>::max();
  Vector3d shift = Vector3d::Zero();
  for (const Obstacle& o : platforms) {
    Vector3d away;
    const double missing = plan_distance(o, foot, &away) + kInside;
    if (missing >= least) continue;
    least = missing;
    shift = -std::clamp(missing, 0.0, kLargest) * away;
  }
  return shift;
}

Vector3d stance_shift(const PredictedMotion& motion, const std::vector<Obstacle>& platforms,
                      const Foot& foot, const FootPhase& stance) {
  if (stance.begin < kDecided) return Vector3d::Zero();
  Vector3d mean = Vector3d::Zero();
  for (int f = stance.begin; f < stance.end; ++f) mean += foot.middle(motion, f);
  return to_platform(platforms, mean / (stance.end - stance.begin));
}

// How far the foot goes aside in every frame: a stance as a whole, a swing from one to the next.
std::vector<Vector3d> foot_shifts(const PredictedMotion& motion,
                                  const std::vector<Obstacle>& platforms, const Foot& foot,
                                  const std::vector<FootPhase>& phases) {
  std::vector<Vector3d> at_stance(phases.size(), Vector3d::Zero()), shifts(motion.frames());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].stands) at_stance[i] = stance_shift(motion, platforms, foot, phases[i]);
  }
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const FootPhase& p = phases[i];
    const Vector3d before = p.stands || i == 0 ? at_stance[i] : at_stance[i - 1];
    const Vector3d after = p.stands || i + 1 == phases.size() ? at_stance[i] : at_stance[i + 1];
    for (int f = p.begin; f < p.end; ++f) {
      const double share = smooth((f - p.begin + 1.0) / (p.end - p.begin + 1.0));
      shifts[f] = before + share * (after - before);
    }
  }
  return shifts;
}

bool over_gap(const std::vector<Obstacle>& platforms, const Vector3d& foot) {
  return std::all_of(platforms.begin(), platforms.end(),
                     [&](const Obstacle& o) { return plan_distance(o, foot, nullptr) > 0; });
}

// A swing across a gap is high enough for the toes not to catch at the edge.
void rise_over_gaps(const PredictedMotion& motion, const std::vector<Obstacle>& platforms,
                    const Foot& foot, const std::vector<FootPhase>& phases,
                    std::vector<Vector3d>& shifts) {
  for (const FootPhase& p : phases) {
    if (p.stands) continue;
    bool crosses = false;
    for (int f = p.begin; f < p.end && !crosses; ++f) {
      crosses = over_gap(platforms, foot.middle(motion, f) + shifts[f]);
    }
    if (!crosses) continue;
    // What began in the past is taken to be half over.
    const double leaves = p.begin > 0 ? p.begin - 1 : -p.end;
    for (int f = p.begin; f < p.end; ++f) {
      const double s = std::sin(std::numbers::pi * (f - leaves) / (p.end - leaves));
      shifts[f].z() = std::max(0.0, kGround + kRise * s * s - motion.key_position(f, foot.toe).z());
    }
  }
}

double step_on(const PredictedMotion& motion, const CostWorld& world, const Foot& foot,
               MotionGradient& gradient) {
  const Limb& leg = motion.layout().limbs[foot.toe];
  if (leg.keys.size() < 2) return 0;
  const std::vector<FootPhase> phases = foot_phases(motion, foot);
  std::vector<Vector3d> shifts = foot_shifts(motion, world.stand_on, foot, phases);
  rise_over_gaps(motion, world.stand_on, foot, phases, shifts);
  LimbPath path = predicted_limb(motion, leg);
  int first = motion.frames(), last = -1;
  for (int f = 0; f < motion.frames(); ++f) {
    if (shifts[f].isZero(1e-4)) continue;
    shift_foot(limb_joint(motion, leg, f), leg.lengths, shifts[f], path[f]);
    first = std::min(first, f);
    last = f;
  }
  return last < 0 ? 0 : move_limb(motion, leg, path, first, last, world.dt, gradient);
}

}  // namespace

Cost stepping_cost(double weight) {
  return {"stepping", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            if (world.stand_on.empty()) return sum;
            for (const int key : motion.layout().feet) {
              sum += step_on(motion, world, Foot(motion.layout(), key), gradient);
            }
            return sum;
          }};
}

}  // namespace foresight
