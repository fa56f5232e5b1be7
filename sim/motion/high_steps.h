// High steps: feet that are lifted over something, as over a hurdle, now and then.
#pragma once

#include "sim/base/rng.h"
#include "sim/motion/clip.h"

namespace foresight {

/// The clip with pairs of swings, one foot's and then the other's, lifted by 0.1 to 0.4 m more
/// (inverse kinematics; what stands goes on standing where it was). Between two pairs lie up to
/// four seconds. Throws InputError when a foot has no collision geoms.
Clip add_high_steps(const Character& character, const Clip& clip, Rng& rng);

}  // namespace foresight
