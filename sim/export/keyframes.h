// MuJoCo's own format.
#pragma once

#include <string>

#include "sim/export/recorded_motion.h"

namespace foresight {

/// The scene's MJCF with one keyframe per frame (time, qpos, qvel, ctrl, positions of moving
/// objects): opens in any MuJoCo program.
std::string mjcf_keyframes(const SceneMotion& motion);

}  // namespace foresight
