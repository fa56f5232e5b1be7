// Cost of stepping over low obstacles.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "controller/costs/foot_phases.h"
#include "controller/costs/limb_path.h"
#include "controller/costs/terms.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr double kHeightMargin = 0.1;  // m
constexpr double kSideMargin = 0.2;    // m, half a foot and some
constexpr double kHalfFoot = 0.1;      // m
constexpr double kGround = 0.04;       // m, height of a foot's key point that stands
constexpr double kHighest = 0.5;       // m, rise of the wave at most
constexpr double kBeside = 6;          // weight of where a foot stands

// A foot in the air over an obstacle.
struct Passage {
  int first, last;    // frames in which it is there
  int leaves, lands;  // last frame before it, first frame after; `leaves` may lie in the past
};

double distance_to(const Obstacle& o, const PredictedMotion& motion, const Foot& foot, int f,
                   Vector3d* maybe_away = nullptr) {
  return plan_distance(o, foot.middle(motion, f), maybe_away);
}

std::optional<Passage> find_passage(const PredictedMotion& motion, const Obstacle& o,
                                    const Foot& foot, const FootPhase& swing) {
  int first = swing.begin, last = swing.end - 1;
  while (first <= last && distance_to(o, motion, foot, first) >= kSideMargin) ++first;
  while (last > first && distance_to(o, motion, foot, last) >= kSideMargin) --last;
  if (first > last) return std::nullopt;
  Passage p{first, last, swing.begin - 1, swing.end};
  // What began in the past is taken to be as long as what is left of it.
  if (p.leaves < 0) p.leaves = std::min(-1, first + last - p.lands);
  return p;
}

// Height of a foot, from 0 to 1, that is highest in the middle of the passage.
double wave(const Passage& p, int f) {
  const auto share = [&](double at) { return (at - p.leaves) / (p.lands - p.leaves); };
  const double middle = std::clamp(share(0.5 * (p.first + p.last)), 0.25, 0.75);
  const double skew = std::log(0.5) / std::log(middle);
  const double s = std::sin(std::numbers::pi * std::pow(share(f), skew));
  return s * s;
}

// The smallest value of the wave while some of the foot is above the obstacle; not below a half.
double lowest_over(const PredictedMotion& motion, const Obstacle& o, const Foot& foot,
                   const Passage& p) {
  double lowest = 1;
  for (int f = p.first; f <= p.last; ++f) {
    if (distance_to(o, motion, foot, f) < kHalfFoot) lowest = std::min(lowest, wave(p, f));
  }
  return std::max(lowest, 0.5);
}

// The leg is bent so that the foot rises over the obstacle while it is in the air.
double lift(const PredictedMotion& motion, const Obstacle& o, const Foot& foot, const Passage& p,
            double dt, MotionGradient& gradient) {
  const Limb& leg = motion.layout().limbs[foot.toe];
  if (leg.keys.size() < 2) return 0;
  const double rise =
      std::min((o.top() + kHeightMargin - kGround) / lowest_over(motion, o, foot, p), kHighest);
  const int first = std::max(p.leaves + 1, 0), last = std::min(p.lands, motion.frames()) - 1;
  LimbPath path = predicted_limb(motion, leg);
  bool lifted = false;
  for (int f = first; f <= last; ++f) {
    const double missing = kGround + rise * wave(p, f) - path[f].back().z();
    if (missing <= 0) continue;
    shift_foot(limb_joint(motion, leg, f), leg.lengths, missing * Vector3d::UnitZ(), path[f]);
    lifted = true;
  }
  return lifted ? move_limb(motion, leg, path, first, last, dt, gradient) : 0;
}

// A foot that would stand where the obstacle is stands beside it.
double set_beside(const PredictedMotion& motion, const Obstacle& o, const Foot& foot,
                  const FootPhase& stance, MotionGradient& gradient) {
  double sum = 0;
  for (int f = stance.begin; f < stance.end; ++f) {
    Vector3d away;
    const double missing = kSideMargin - distance_to(o, motion, foot, f, &away);
    if (missing <= 0) continue;
    sum += 0.5 * kBeside * missing * missing;
    for (const int key : {foot.ankle, foot.toe}) {
      gradient.key_position(f, key, -0.5 * kBeside * missing * away);
    }
  }
  return sum;
}

double step_over(const PredictedMotion& motion, const Obstacle& o, const Foot& foot,
                 const std::vector<FootPhase>& phases, double dt, MotionGradient& gradient) {
  double sum = 0;
  for (const FootPhase& phase : phases) {
    if (!phase.stands) {
      const auto passage = find_passage(motion, o, foot, phase);
      if (passage) sum += lift(motion, o, foot, *passage, dt, gradient);
    } else if (phase.begin > 0) {  // one that stands there now cannot help it
      sum += set_beside(motion, o, foot, phase, gradient);
    }
  }
  return sum;
}

}  // namespace

Cost clearance_cost(double weight) {
  return {"clearance", weight,
          [](const PredictedMotion& motion, const CostWorld& world, MotionGradient& gradient) {
            double sum = 0;
            if (world.step_over.empty()) return sum;
            for (const int key : motion.layout().feet) {
              const Foot foot(motion.layout(), key);
              const std::vector<FootPhase> phases = foot_phases(motion, foot);
              for (const Obstacle& o : world.step_over) {
                sum += step_over(motion, o, foot, phases, world.dt, gradient);
              }
            }
            return sum;
          }};
}

}  // namespace foresight
