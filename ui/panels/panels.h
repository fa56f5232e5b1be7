// The panels, one file each. Every function draws one panel and carries out what is clicked in it.
#pragma once

#include "ui/app_state.h"

namespace foresight {

/// Bars and columns of the window; the scene gets what is left.
struct Layout {
  PixelRect top, task, inspector, timeline, scene;
};
Layout make_layout(int width, int height, float scale, bool show_task, bool show_inspector);

void draw_top_bar(AppState& state, const PixelRect& rect);
void draw_task_panel(AppState& state, const PixelRect& rect);
/// Tabs of the right column.
void draw_inspector(AppState& state, const PixelRect& rect);
void draw_timeline(AppState& state, const PixelRect& rect);

void draw_controller_tab(AppState& state);
void draw_view_tab(AppState& state);
void draw_record_tab(AppState& state);
void draw_clips_tab(AppState& state);
void draw_poses_tab(AppState& state);

void draw_help_window(AppState& state);
void draw_hints(AppState& state);
/// Error banner, toasts and progress of what runs in the background.
void draw_messages(AppState& state);

void toggle_recording(AppState& state);
/// Takes a file that was dropped on the window or named: a recording, a task or mocap.
void open_file(AppState& state, const fs::path& file);

}  // namespace foresight
