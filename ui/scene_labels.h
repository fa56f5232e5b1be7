// Words over the scene: names of targets, and arrows to those out of sight.
#pragma once

#include <vector>

#include "ui/app_state.h"
#include "ui/handles.h"

namespace foresight {

/// Draws over the scene and under the panels. `hot` is the handle that gets its name; -1: none.
void draw_scene_labels(const AppState& state, const std::vector<Handle>& handles, int hot,
                       double fovy);

}  // namespace foresight
