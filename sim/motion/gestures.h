// Gestures: arms that reach out while the body goes on with what it does.
#pragma once

#include "sim/base/rng.h"
#include "sim/motion/clip.h"

namespace foresight {

/// The clip with movements of the arms laid over it: to a random place 0.25 to 0.53 m from the
/// shoulder in front or to the side, a pause there, and back, each with least jerk. Between two of
/// an arm lie up to four seconds. Throws InputError when the character's "retarget" table names no
/// shoulders, elbows and hands.
Clip add_gestures(const Character& character, const Clip& clip, Rng& rng);

}  // namespace foresight
