// How alike two frames of motion look and move, whichever way they face.
#pragma once

#include <Eigen/Core>

#include "sim/character.h"

namespace foresight {

/// Column per frame (qpos nq x F and qvel nv x F, layout of Character): root height and tilt, joint
/// angles; then how fast they and the root's place change, seen in the heading frame. The distance
/// between two columns says how unlike the frames are.
Eigen::MatrixXd motion_features(const Character& character, const Eigen::MatrixXd& qpos,
                                const Eigen::MatrixXd& qvel);

}  // namespace foresight
