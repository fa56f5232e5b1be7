// Retargeting: a captured motion onto a character by inverse kinematics, with contact clean-up.
#pragma once

#include "sim/character.h"
#include "sim/motion/clip.h"
#include "sim/motion/retarget_report.h"
#include "sim/motion/source_motion.h"

namespace foresight {

struct RetargetOptions {
  double fps = 30.0;     // of the clip, 1/s
  bool contacts = true;  // pin feet in contact and keep soles out of the floor
};

/// Moves a source motion onto the character: one uniform scale (leg length), resampling, inverse
/// kinematics, floor height, pinned stance feet. Fills qpos, fps, loop and character of the clip.
Clip retarget(const Character& character, const SourceMotion& source,
              const RetargetOptions& options, RetargetReport* report);

}  // namespace foresight
