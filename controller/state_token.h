// One body state as a token, without tensors: the same numbers as window_features, for keyframes.
#pragma once

#include <Eigen/Core>

#include "controller/ground_pose.h"
#include "controller/state_layout.h"
#include "sim/world.h"

namespace foresight {

/// Token (layout.dim() numbers, physical units) of `state` in a window whose current frame lies at
/// `now`.
Eigen::VectorXd state_token(const StateLayout& layout, const BodyState& state,
                            const GroundPose& now);

}  // namespace foresight
