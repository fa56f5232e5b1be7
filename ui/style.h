// The whole look of the app: colours, spacing, fonts.
#pragma once

#include <imgui.h>

#include "sim/base/files.h"

namespace foresight {

/// Colours beyond ImGui's own table.
struct Palette {
  ImVec4 accent, accent_soft, text, text_dim, good, warning, bad, panel, plot_background, grid;
  ImVec4 series[6];
};

struct Fonts {
  ImFont* body = nullptr;
  ImFont* small = nullptr;
  ImFont* title = nullptr;
};

const Palette& palette(bool dark);

/// Sets colours, metrics and roundings for a display scale (1: 96 dpi).
void apply_style(bool dark, float scale);

/// (Re)builds the font atlas at a scale. The caller recreates the texture afterwards.
Fonts load_fonts(const fs::path& font_file, float scale);

inline ImU32 to_u32(const ImVec4& color, float alpha = 1) {
  return ImGui::ColorConvertFloat4ToU32({color.x, color.y, color.z, color.w * alpha});
}

}  // namespace foresight
