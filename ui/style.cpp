#include "ui/style.h"

#include <cmath>

namespace foresight {
namespace {

ImVec4 rgb(unsigned hex, float alpha = 1) {
  return {static_cast<float>(hex >> 16 & 255) / 255, static_cast<float>(hex >> 8 & 255) / 255,
          static_cast<float>(hex & 255) / 255, alpha};
}

Palette dark_palette() {
  return {
      rgb(0xF5772A),
      rgb(0xF5772A, 0.28F),
      rgb(0xE9EBEF),
      rgb(0x969DAA),
      rgb(0x54C08A),
      rgb(0xE9B949),
      rgb(0xEF5B5B),
      rgb(0x191C22),
      rgb(0x11141A),
      rgb(0x2B303A),
      {rgb(0xF5772A), rgb(0x5AA9E6), rgb(0x54C08A), rgb(0xC38BE0), rgb(0xE9B949), rgb(0xE07A9B)}};
}

Palette light_palette() {
  return {
      rgb(0xD9591A),
      rgb(0xD9591A, 0.22F),
      rgb(0x1E232B),
      rgb(0x68707D),
      rgb(0x2D8A5B),
      rgb(0xA87607),
      rgb(0xC83B3B),
      rgb(0xF4F5F7),
      rgb(0xFFFFFF),
      rgb(0xDADEE5),
      {rgb(0xD9591A), rgb(0x2777B8), rgb(0x2D8A5B), rgb(0x8A4FB0), rgb(0xA87607), rgb(0xB8446B)}};
}

void set_surfaces(ImVec4* c, const Palette& p, bool dark) {
  const ImVec4 field = dark ? rgb(0x262B34) : rgb(0xE4E7EC);
  const ImVec4 raised = dark ? rgb(0x323844) : rgb(0xD3D8E0);
  c[ImGuiCol_Text] = p.text;
  c[ImGuiCol_TextDisabled] = p.text_dim;
  c[ImGuiCol_WindowBg] = p.panel;
  c[ImGuiCol_ChildBg] = {0, 0, 0, 0};
  c[ImGuiCol_PopupBg] = dark ? rgb(0x20242C, 0.98F) : rgb(0xFFFFFF, 0.98F);
  c[ImGuiCol_Border] = p.grid;
  c[ImGuiCol_FrameBg] = field;
  c[ImGuiCol_FrameBgHovered] = c[ImGuiCol_FrameBgActive] = raised;
  c[ImGuiCol_Button] = field;
  c[ImGuiCol_ButtonHovered] = c[ImGuiCol_ButtonActive] = raised;
  c[ImGuiCol_Separator] = p.grid;
  c[ImGuiCol_TitleBg] = c[ImGuiCol_TitleBgActive] = c[ImGuiCol_MenuBarBg] = p.panel;
  c[ImGuiCol_ScrollbarBg] = {0, 0, 0, 0};
  c[ImGuiCol_ScrollbarGrab] = raised;
  c[ImGuiCol_ScrollbarGrabHovered] = c[ImGuiCol_ScrollbarGrabActive] = p.text_dim;
  c[ImGuiCol_ModalWindowDimBg] = {0, 0, 0, 0.4F};
  c[ImGuiCol_TableHeaderBg] = field;
  c[ImGuiCol_TableBorderLight] = c[ImGuiCol_TableBorderStrong] = p.grid;
}

void set_accents(ImVec4* c, const Palette& p) {
  c[ImGuiCol_CheckMark] = c[ImGuiCol_SliderGrab] = c[ImGuiCol_SliderGrabActive] = p.accent;
  c[ImGuiCol_PlotLines] = c[ImGuiCol_PlotHistogram] = p.accent;
  c[ImGuiCol_TextSelectedBg] = p.accent_soft;
  c[ImGuiCol_Header] = c[ImGuiCol_HeaderHovered] = c[ImGuiCol_HeaderActive] = p.accent_soft;
  c[ImGuiCol_Tab] = {0, 0, 0, 0};
  c[ImGuiCol_TabHovered] = c[ImGuiCol_TabActive] = p.accent_soft;
  c[ImGuiCol_NavHighlight] = c[ImGuiCol_DragDropTarget] = p.accent;
  c[ImGuiCol_ResizeGrip] = {0, 0, 0, 0};
  c[ImGuiCol_ResizeGripHovered] = c[ImGuiCol_ResizeGripActive] = p.accent_soft;
}

}  // namespace

const Palette& palette(bool dark) {
  static const Palette of_dark = dark_palette(), of_light = light_palette();
  return dark ? of_dark : of_light;
}

void apply_style(bool dark, float scale) {
  ImGuiStyle style;  // one system: windows 6 px, controls 4 px, a grid of 4 px
  style.WindowRounding = style.PopupRounding = style.ChildRounding = 6;
  style.FrameRounding = style.GrabRounding = style.TabRounding = 4;
  style.ScrollbarRounding = 6;
  style.WindowPadding = {12, 10};
  style.FramePadding = {8, 4};
  style.ItemSpacing = {8, 6};
  style.ItemInnerSpacing = {6, 4};
  style.ScrollbarSize = 10;
  style.GrabMinSize = 12;
  style.WindowBorderSize = 0;
  style.PopupBorderSize = 1;
  style.WindowTitleAlign = {0, 0.5F};
  set_surfaces(style.Colors, palette(dark), dark);
  set_accents(style.Colors, palette(dark));
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

Fonts load_fonts(const fs::path& font_file, float scale) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  const auto add = [&](float size) {
    ImFontConfig config;
    config.OversampleH = 2;
    config.OversampleV = 2;
    return atlas.AddFontFromFileTTF(font_file.c_str(), std::round(size * scale), &config);
  };
  Fonts fonts;
  if (fs::exists(font_file)) fonts = {add(15), add(12.5F), add(19)};
  if (fonts.body == nullptr) fonts.body = fonts.small = fonts.title = atlas.AddFontDefault();
  return fonts;
}

}  // namespace foresight
