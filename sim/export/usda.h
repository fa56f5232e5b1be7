// OpenUSD text files.
#pragma once

#include <string>

#include "sim/export/recorded_motion.h"

namespace foresight {

/// The whole scene as .usda text: one Xform per body with time samples of its world pose, its
/// shapes as Capsule, Sphere, Cube and Cylinder. Z up, metres, one time code per frame.
std::string usda_text(const SceneMotion& motion);

}  // namespace foresight
