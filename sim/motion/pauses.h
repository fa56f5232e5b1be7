// Pauses: standing still where a clip comes to rest.
#pragma once

#include <vector>

#include "sim/base/rng.h"
#include "sim/motion/clip.h"

namespace foresight {

/// Where a clip rests: of every stretch in which the root is slower than 0.15 m/s and the joints
/// are slower than 0.6 rad/s on average, both feet stand and neither is far behind the other, the
/// frame with the slowest joints.
std::vector<int> resting_frames(const Character& character, const Clip& clip);

/// The clip with each resting pose held for up to `longest` seconds (uniform, drawn anew for each).
Clip add_pauses(const Character& character, const Clip& clip, double longest, Rng& rng);

}  // namespace foresight
