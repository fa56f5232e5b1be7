// A body of which one foot moves, for tests of costs that look at feet.
#pragma once

#include <gtest/gtest.h>

#include "controller/costs/terms.h"
#include "controller/state_token.h"
#include "sim/world.h"

namespace foresight::testing {

inline constexpr int kFootFrames = 30;  // after now
inline constexpr double kFootDt = 1.0 / 30;

/// A body that stands still, but for its left foot, which may swing forwards.
class SwingingFoot : public ::testing::Test {
 protected:
  explicit SwingingFoot(Cost term) : cost(std::move(term)) {
    const World standing(character, Scene{});
    BodyState state;
    standing.body_state(state);
    tokens = state_token(layout, state, {}).replicate(1, kFootFrames + 1);
    const Limb& leg = layout.limbs[toe];
    ankle = leg.keys[1];
    knee = leg.keys[0];
  }

  // Frames after `from` until `to` go forwards by `far` in all, with the whole foot.
  void swing(int from, int to, double far) {
    const double speed = far / ((to - from) * kFootDt);
    for (int t = from + 1; t <= kFootFrames; ++t) {
      const bool flies = t < to;
      const double way = flies ? speed * (t - from) * kFootDt : far;
      for (const int key : {ankle, toe}) {
        tokens(layout.key_position() + 3 * key, t) += way;
        tokens(layout.key_velocity() + 3 * key, t) += flies ? speed : 0;
      }
    }
  }

  PredictedMotion motion() const { return {layout, tokens.data(), kFootFrames + 1, 0}; }
  double value() const {
    const PredictedMotion m = motion();
    MotionGradient gradient(m);
    return cost.term(m, world, gradient);
  }

  std::shared_ptr<const Character> character = default_character();
  StateLayout layout = state_layout(*character);
  int toe = layout.key_point("left_foot"), ankle = 0, knee = 0;
  Eigen::MatrixXd tokens;
  CostWorld world = [] {
    CostWorld w;
    w.dt = kFootDt;
    return w;
  }();
  Cost cost;
};

}  // namespace foresight::testing
