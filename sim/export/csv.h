// Tables of joint angles with a description beside them.
#pragma once

#include <string>

#include "sim/export/recorded_motion.h"

namespace foresight {

/// One row per frame: time_s, root_x, root_y, root_z (m), root_qw, root_qx, root_qy, root_qz, then
/// one column per joint (rad). Numbers read back exactly.
std::string csv_text(const CharacterMotion& motion);

/// JSON that says what the columns mean: fps, frames, units, quaternion order, character.
std::string csv_sidecar(const CharacterMotion& motion);

}  // namespace foresight
