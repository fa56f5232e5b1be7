// Goals that hold a clip where it is, to be changed where it should be different.
#pragma once

#include "sim/motion/clip.h"
#include "sim/motion/pose_solver.h"
#include "sim/motion/retarget_goals.h"

namespace foresight {

/// Place and orientation of every body in every frame: points[b - 1] and turns[b - 1] are those of
/// body b, loosely held.
RetargetGoals clip_goals(const Character& character, const Clip& clip, PoseSolver& solver);

/// Holds a body, for instance a foot, firmly at its goals.
void hold_firmly(RetargetGoals& goals, int body);

}  // namespace foresight
