// Bodies that were made to fall, as starts of training episodes in which the expert learns to get
// up.
#pragma once

#include "controller/expert/tracking_env.h"

namespace foresight {

/// `count` bodies that stood as in the last frame of a motion, were kicked over, fell with their
/// joints held about there, and came to rest as far as they do within a few seconds. Each is moved
/// to where the motion for its side begins. By seed, the same with any number of threads.
std::vector<LyingStart> fallen_starts(std::shared_ptr<const Character> character,
                                      const ReferenceMotion& motions, int count, std::uint64_t seed,
                                      int threads);

}  // namespace foresight
