// Side steps: walking to the side, backwards or aslant, made from walking forwards.
#pragma once

#include <vector>

#include "sim/base/rng.h"
#include "sim/motion/clip.h"

namespace foresight {

/// What becomes of a metre walked forwards, m.
struct Travel {
  double forward = 1, left = 0;
};

/// The clip with the root's path, without the sway of the steps, changed frame by frame; headings
/// stay. Standing feet stand where that leads (inverse kinematics), so steps get shorter, go to the
/// side, or back. The name gets "~travel".
Clip change_travel(const Character& character, const Clip& clip, const std::vector<Travel>& travel);

/// The clip with travel that is drawn anew every 2 to 5 s and changes within 0.8 s: as it was, to
/// either side, backwards or aslant.
Clip add_side_steps(const Character& character, const Clip& clip, Rng& rng);

}  // namespace foresight
