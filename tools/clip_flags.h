// Flags of the commands that follow clips: which ones.
#pragma once

#include "controller/expert/expert.h"
#include "tools/command_line.h"

namespace foresight {

/// Adds --split, --category, --only, --noncommercial, which write to `choice`.
void add_clip_flags(Command* app, ClipChoice& choice);

/// Adds --shift-time (see ReferenceShift); what `seconds` holds is the default.
void add_shift_flag(Command* app, double& seconds);

}  // namespace foresight
