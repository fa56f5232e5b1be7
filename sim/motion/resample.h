// Source motions at another frame rate.
#pragma once

#include "sim/motion/source_motion.h"

namespace foresight {

/// The motion at `fps` frames a second: smoothed when it gets slower, cubic in between.
SourceMotion resample(const SourceMotion& source, double fps);

}  // namespace foresight
