// The fall test of the protocols, for whoever steps a character.
#pragma once

#include "sim/world.h"

namespace foresight {

/// Judges the state after one control step: trunk, upper arm or thigh on the ground, or the pelvis
/// low (m above `floor`) for too long.
void judge_fall(const Character& character, const CharacterIndex& index, const mjModel& model,
                const mjData& data, double floor, FallMonitor& fall);

}  // namespace foresight
