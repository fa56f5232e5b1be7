// The work behind the augmentation bend_path() (augment.h).
#pragma once

#include <Eigen/Core>

#include "sim/character.h"
#include "sim/motion/clip.h"

namespace foresight {

/// Poses (nq x frames) of the clip on a path whose heading gains `curvature` rad per metre.
Eigen::MatrixXd bent_poses(const Character& character, const Clip& clip, double curvature);

}  // namespace foresight
