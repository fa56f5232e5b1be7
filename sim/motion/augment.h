// Augmentations: new clips from clips.
#pragma once

#include "sim/character.h"
#include "sim/motion/clip.h"

namespace foresight {

/// Mirror image in the plane y = 0; the name gets "~mirror", or loses it. Twice is the identity.
Clip mirror_clip(const Character& character, const Clip& clip);

/// Turns the path into an arc: the heading gains `curvature` rad per metre travelled (1/m, positive
/// to the left), the speed stays, the body leans into the curve. Standing feet stay where they are
/// (inverse kinematics), so they do not slide more than in the original.
Clip bend_path(const Character& character, const Clip& clip, double curvature);

/// Plays the clip `speed` times as fast at the same frame rate (0.25 to 4). The last frame is kept
/// to within one frame.
Clip warp_time(const Character& character, const Clip& clip, double speed);

/// `count` frames from frame `first` on.
Clip cut_clip(const Clip& clip, int first, int count);

/// Adds the name of `from` to the sources of a clip made from it, and its licence.
void add_credit(Clip& clip, const Clip& from);

/// `from`, then `to`, with the last `frames` of one faded into the first of the other. `to` is
/// moved and turned about the vertical so that both agree in the middle of the fade.
/// Throws InputError when rates or characters differ or a clip is shorter than the fade.
Clip transition(const Character& character, const Clip& from, const Clip& to, int frames);

}  // namespace foresight
