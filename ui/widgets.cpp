#include "ui/widgets.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <numbers>

#include "sim/rotation.h"

namespace foresight {
namespace {

void draw_bar(ImDrawList& list, ImVec2 low, ImVec2 high, ImU32 color) {
  list.AddRectFilled(low, high, color, 1);
}

void draw_triangle(ImDrawList& list, ImVec2 c, float r, float direction, ImU32 color) {
  list.AddTriangleFilled({c.x - 0.7F * r * direction, c.y - r}, {c.x + r * direction, c.y},
                         {c.x - 0.7F * r * direction, c.y + r}, color);
}

void draw_icon(ImDrawList& list, Icon icon, ImVec2 c, float r, ImU32 color) {
  switch (icon) {
    case Icon::kPlay:
      draw_triangle(list, {c.x + 0.1F * r, c.y}, r, 1, color);
      break;
    case Icon::kPause:
      draw_bar(list, {c.x - 0.75F * r, c.y - r}, {c.x - 0.2F * r, c.y + r}, color);
      draw_bar(list, {c.x + 0.2F * r, c.y - r}, {c.x + 0.75F * r, c.y + r}, color);
      break;
    case Icon::kStep:
      draw_triangle(list, {c.x - 0.2F * r, c.y}, 0.8F * r, 1, color);
      draw_bar(list, {c.x + 0.65F * r, c.y - 0.8F * r}, {c.x + r, c.y + 0.8F * r}, color);
      break;
    case Icon::kStepBack:
      draw_triangle(list, {c.x + 0.2F * r, c.y}, 0.8F * r, -1, color);
      draw_bar(list, {c.x - r, c.y - 0.8F * r}, {c.x - 0.65F * r, c.y + 0.8F * r}, color);
      break;
    case Icon::kReset:
      list.PathArcTo(c, 0.85F * r, 0.7F, 5.6F, 20);
      list.PathStroke(color, 0, 0.28F * r);
      draw_triangle(list, {c.x + 0.75F * r, c.y - 0.6F * r}, 0.45F * r, 1, color);
      break;
    case Icon::kRecord:
      list.AddCircleFilled(c, 0.8F * r, color, 24);
      break;
    case Icon::kStop:
      list.AddRectFilled({c.x - 0.7F * r, c.y - 0.7F * r}, {c.x + 0.7F * r, c.y + 0.7F * r}, color,
                         2);
      break;
    case Icon::kLive:
      draw_triangle(list, {c.x - 0.55F * r, c.y}, 0.75F * r, 1, color);
      draw_triangle(list, {c.x + 0.35F * r, c.y}, 0.75F * r, 1, color);
      break;
  }
}

bool is_angle(const ParameterInfo& info) { return info.unit == "rad" || info.unit == "rad/s"; }

// A range for the slider: angles that may be anything get one turn.
void slider_range(const ParameterInfo& info, double& low, double& high) {
  low = info.low;
  high = info.high;
  if (info.unit == "rad" && high - low > 7) {
    low = -std::numbers::pi;
    high = std::numbers::pi;
  }
  const double cap = 50;  // parameters without a sensible range
  if (!is_angle(info) && high - low > 4 * cap) {
    low = std::max(low, -cap);
    high = std::min(high, cap);
  }
}

// Whole numbers without decimals: most of these count something.
std::string number_text(float value, bool whole) {
  return format(whole || value == std::round(value) ? "%.0f" : "%.2f", value);
}

std::string shown_name(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(name[0]));
  return name;
}

}  // namespace

std::string format(const char* pattern, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof(text), pattern, arguments);
  va_end(arguments);
  return text;
}

void begin_panel(const char* id, const PixelRect& rect) {
  ImGui::SetNextWindowPos({static_cast<float>(rect.x), static_cast<float>(rect.y)});
  ImGui::SetNextWindowSize({static_cast<float>(rect.width), static_cast<float>(rect.height)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::Begin(
      id, nullptr,
      ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
          ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings |
          ImGuiWindowFlags_NoBringToFrontOnFocus |
          (rect.height < 100 * ImGui::GetFontSize() / 15 ? ImGuiWindowFlags_NoScrollbar : 0));
  ImGui::PopStyleVar();
}

void section(AppState& state, const char* title) {
  ImGui::Dummy({0, 3 * state.scale});
  ImGui::PushFont(state.fonts.small);
  ImGui::TextColored(state.colors().accent, "%s", title);
  ImGui::PopFont();
  ImGui::Separator();
}

bool icon_button(AppState& state, const char* name, Icon icon, const char* hint, bool active) {
  const float side = ImGui::GetFrameHeight() * 1.15F;
  const bool pressed = ImGui::InvisibleButton(name, {side, side});
  const bool hovered = ImGui::IsItemHovered();
  state.mark(name);
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Palette& p = state.colors();
  if (hovered || active) {
    list.AddRectFilled(low, high, active ? to_u32(p.accent_soft) : to_u32(p.grid), 4);
  }
  draw_icon(list, icon, {0.5F * (low.x + high.x), 0.5F * (low.y + high.y)}, 0.27F * side,
            to_u32(active ? p.accent : p.text));
  tip(hint);
  return pressed;
}

bool button(AppState& state, const char* label, bool full_width) {
  const bool pressed = ImGui::Button(label, {full_width ? -1.0F : 0.0F, 0});
  state.mark(label);
  return pressed;
}

bool toggle(AppState& state, const char* label, bool& value, const char* hint) {
  const bool changed = ImGui::Checkbox(label, &value);
  state.mark(label);
  if (hint != nullptr) tip(hint);
  return changed;
}

bool bare_slider(AppState& state, const char* id, float& value, float low, float high, float width,
                 ImGuiSliderFlags flags) {
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {4 * state.scale, 0});
  const bool changed =
      ImGui::SliderFloat(id, &value, low, high, "", flags | ImGuiSliderFlags_NoInput);
  ImGui::PopStyleVar();
  return changed;
}

bool parameter_slider(AppState& state, const ParameterInfo& info, double& value) {
  const bool angle = is_angle(info);
  const double factor = angle ? 1 / kDegree : 1;
  double low, high;
  slider_range(info, low, high);
  const std::string unit = angle ? (info.unit == "rad" ? "deg" : "deg/s") : info.unit;
  ImGui::PushID(info.name.c_str());
  float shown = static_cast<float>(value * factor);
  value_line(shown_name(info.name).c_str(),
             number_text(shown, angle) + (unit.empty() ? "" : " " + unit), state.colors().text);
  if (!info.help.empty()) tip(info.help.c_str());
  const bool changed = bare_slider(state, "##value", shown, static_cast<float>(low * factor),
                                   static_cast<float>(high * factor));
  state.mark(info.name);
  if (changed) value = std::clamp(static_cast<double>(shown) / factor, info.low, info.high);
  const bool back = ImGui::IsItemClicked(ImGuiMouseButton_Right);
  if (back) value = info.value;
  ImGui::PopID();
  return changed || back;
}

bool choice(AppState& state, const char* label, const std::vector<std::string>& entries,
            int& index) {
  bool changed = false;
  const bool known = index >= 0 && index < static_cast<int>(entries.size());
  ImGui::SetNextItemWidth(-1);
  const bool open =
      ImGui::BeginCombo(("##" + std::string(label)).c_str(), known ? entries[index].c_str() : "-",
                        ImGuiComboFlags_HeightLargest);
  state.mark(label);
  if (!open) return false;
  for (int i = 0; i < static_cast<int>(entries.size()); ++i) {
    if (ImGui::Selectable(entries[i].c_str(), i == index) && i != index) {
      index = i;
      changed = true;
    }
    state.mark(std::string(label) + "/" + entries[i]);
  }
  ImGui::EndCombo();
  return changed;
}

void value_line(const char* label, const std::string& value, const ImVec4& color) {
  ImGui::TextUnformatted(label);
  const float width = ImGui::CalcTextSize(value.c_str()).x;
  ImGui::SameLine(std::max(ImGui::GetContentRegionMax().x - width, 0.0F));
  ImGui::TextColored(color, "%s", value.c_str());
}

void tip(const char* text) {
  if (!ImGui::IsItemHovered()) return;
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(24 * ImGui::GetFontSize());
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void text_dim(AppState& state, const char* text) {
  ImGui::PushStyleColor(ImGuiCol_Text, state.colors().text_dim);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

}  // namespace foresight
