// Biovision hierarchy files, for animation programs.
#pragma once

#include <string>

#include "sim/export/recorded_motion.h"

namespace foresight {

struct BvhOptions {
  char up = 'y';              // at zero heading the character faces +z ('y') or -y ('z')
  double units_per_m = 100;   // 100: centimetres
  std::string order = "ZXY";  // order of the rotation channels, any of the six
};

/// One joint per body, a T-pose as rest pose, six channels at the root. Throws InputError for an
/// unknown axis or order.
std::string bvh_text(const CharacterMotion& motion, const BvhOptions& options = {});

}  // namespace foresight
