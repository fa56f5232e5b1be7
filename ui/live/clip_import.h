// A mocap file as it was captured and as the character would move.
#pragma once

#include <memory>

#include "sim/motion/clip.h"
#include "sim/motion/retarget_report.h"
#include "sim/motion/source_motion.h"

namespace foresight {

struct ImportedClip {
  SourceMotion source;
  Clip clip;
  RetargetReport report;
};

/// Reads, retargets and measures. Throws InputError with file and line.
std::shared_ptr<const ImportedClip> import_clip(const Character& character, const fs::path& file);

/// Pairs of joints (indices into SourceMotion::joints) that belong together, for drawing.
std::vector<std::pair<int, int>> source_bones(const SourceMotion& source);

}  // namespace foresight
