// Binary glTF 2.0.
#pragma once

#include <string>

#include "sim/export/recorded_motion.h"

namespace foresight {

/// The whole scene as a .glb file: one node per body with its shapes as rigid meshes, joints as
/// node animation with a key per frame, obstacles too. glTF is y up and in metres: a root node
/// turns our z up. Quaternions in the file are xyzw, as glTF wants them.
std::string glb_bytes(const SceneMotion& motion);

}  // namespace foresight
