// Reads our own exports back as clips of the same character, without retargeting.
#pragma once

#include <string_view>

#include "sim/motion/clip.h"

namespace foresight {

/// A BVH file whose joints are the character's bodies. `unit` as ImportOptions::unit. Throws
/// InputError when a body has no joint of its name.
Clip clip_from_bvh(const Character& character, std::string_view text, const std::string& file,
                   const std::string& unit = "cm");

/// A CSV file; the rate comes from the times.
Clip clip_from_csv(const Character& character, std::string_view text, const std::string& file);

/// An NPZ file of the tracking or the mujoco layout.
Clip clip_from_npz(const Character& character, std::string_view bytes, const std::string& file);

}  // namespace foresight
