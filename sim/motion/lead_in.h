// Lead-ins: a clip that is entered from another motion, so that data holds changes between motions
// that no frame of one fits to a frame of the other.
#pragma once

#include <optional>

#include "sim/base/rng.h"
#include "sim/character.h"
#include "sim/motion/clip.h"

namespace foresight {

struct LeadInConfig {
  double shortest = 0.7, longest = 2.0;  // s of the other motion, the fade included
  double search = 1.2;                   // s; the two frames that meet are looked for in as much
  int fade = 15;                         // frames
};

/// A random piece of `before`, then `clip` from one of its first frames on. They meet where poses
/// and velocities are most alike. nullopt when one of them is too short. Keeps the name of `clip`.
std::optional<Clip> lead_in(const Character& character, const Clip& before, const Clip& clip,
                            const LeadInConfig& config, Rng& rng);

}  // namespace foresight
