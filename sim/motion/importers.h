// The readers of single formats. Use load_source_motion() unless the format is known.
#pragma once

#include <string>
#include <string_view>

#include "sim/motion/source_motion.h"

namespace foresight {

inline constexpr int kMaxFrames = 1000000;  // of a motion; more is no mocap

// All: `file` is the name for messages, text is UTF-8. Malformed input throws InputError.

/// Biovision hierarchy: any channel order per joint, position channels replace the offset, y or z
/// up found from the pose. Joints are identified by name and structure.
SourceMotion read_bvh(std::string_view text, const std::string& file, const std::string& unit);

/// Acclaim skeleton (ASF) with motion (AMC), 120 frames a second.
SourceMotion read_amc(std::string_view amc, const std::string& amc_file, std::string_view asf,
                      const std::string& asf_file);

/// DeepMimic motion JSON: 44 numbers a frame, y up, frame durations may vary.
SourceMotion read_deepmimic(std::string_view text, const std::string& file);

/// MuJoCo MPC tracking keyframes: positions of 16 markers in <key mpos="..."/>, 30 a second.
SourceMotion read_mjpc(std::string_view text, const std::string& file);

}  // namespace foresight
