// Cost: one differentiable term on a predicted motion, in metres and seconds. Guidance follows its
// gradient (Diffuse-CLoC section 7). The terms that there are: terms.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/costs/predicted_motion.h"
#include "controller/ground_pose.h"
#include "controller/surroundings.h"

namespace foresight {

/// Numbers of a state token that should be met in one future frame.
struct Pin {
  int frame = 0;  // future frame
  int first = 0;  // index into the token
  Eigen::VectorXd values;
};

/// What costs know of one world, made once per control step. Everything geometric is in the current
/// heading frame, as PredictedMotion is.
struct CostWorld {
  GroundPose frame;            // where the current heading frame lies in the world
  double dt = 1.0 / 30;        // s between frames
  std::vector<double> values;  // the task's parameters, in its order
  std::vector<Obstacle> avoid, step_over, stand_on;  // the nearest few of each use
  std::vector<Mover> movers;
  std::vector<TrackPoint> track;
  std::vector<Pin> pins;

  /// Seconds from now of a future frame.
  double seconds(int f) const { return (f + 1) * dt; }
};

/// Most obstacles of one use that costs look at.
inline constexpr int kNearestObstacles = 8;

/// `surroundings` seen from `frame`, for a window with `future` frames after now. Keyframes with
/// parts become pins; keyframes without are the sampler's business.
CostWorld make_cost_world(const StateLayout& layout, const Surroundings& surroundings,
                          const GroundPose& frame, const std::vector<double>& values, double dt,
                          int future);

struct TensorCost;  // tensor_cost.h

struct Cost {
  std::string name;
  double weight = 1;
  /// Returns the cost of a motion and adds its gradient. Guidance of step `weight` moves a state by
  /// weight times the gradient, so a term 0.5 |x - target|^2 summed over frames moves every frame
  /// by weight times its error.
  std::function<double(const PredictedMotion&, const CostWorld&, MotionGradient&)> term = nullptr;
  /// A task parameter that multiplies the weight, for stages; -1: none. At 0 the term is skipped.
  int weight_parameter = -1;
  /// Instead of `term`: a tensor expression, whose gradient comes from autograd. Slower.
  std::shared_ptr<const TensorCost> tensor = nullptr;

  double weight_in(const CostWorld& world) const {
    return weight_parameter < 0 ? weight : weight * world.values[weight_parameter];
  }
};

}  // namespace foresight
