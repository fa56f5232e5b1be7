// Controls that several panels share.
#pragma once

#include <imgui.h>

#include <string>

#include "ui/app_state.h"

namespace foresight {

enum class Icon { kPlay, kPause, kStep, kStepBack, kReset, kRecord, kStop, kLive };

/// Begins a fixed window that fills a rectangle. End with ImGui::End().
void begin_panel(const char* id, const PixelRect& rect);

/// Title of a group of controls.
void section(AppState& state, const char* title);

/// Square button with a drawn icon.
bool icon_button(AppState& state, const char* name, Icon icon, const char* tip,
                 bool active = false);
bool button(AppState& state, const char* label, bool full_width = false);
bool toggle(AppState& state, const char* label, bool& value, const char* tip = nullptr);

/// Name, value with unit, and a slider below. Angles are shown in degrees. A right click puts the
/// default back. True when the value changed.
bool parameter_slider(AppState& state, const ParameterInfo& info, double& value);

/// A low slider without a text on it; width as of ImGui::SetNextItemWidth.
bool bare_slider(AppState& state, const char* id, float& value, float low, float high,
                 float width = -1, ImGuiSliderFlags flags = 0);

/// Drop-down list; true when another entry was chosen.
bool choice(AppState& state, const char* label, const std::vector<std::string>& entries,
            int& index);

/// Label on the left, value on the right in `color`.
void value_line(const char* label, const std::string& value, const ImVec4& color);
/// The last item's tooltip.
void tip(const char* text);
void text_dim(AppState& state, const char* text);

/// printf into a string.
std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

}  // namespace foresight
