// What a newcomer needs to know, shown once.

#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

struct Hint {
  const char* keys;
  const char* what;
};

constexpr Hint kHints[] = {{"W A S D  Q E", "walk and turn; Shift runs; a gamepad works too"},
                           {"Task", "choose what it should do, move the sliders while it does it"},
                           {"Double click", "on the character kicks it; B throws a ball"},
                           {"Blue ghosts", "are what it expects to do in the next second"},
                           {"Space", "pauses; drag the time line to go back, Space goes on there"},
                           {"Drop a file", "recording, task or mocap, anywhere on the window"},
                           {"F1", "lists all keys"}};

}  // namespace

void draw_hints(AppState& s) {
  if (!s.hints_open) return;
  const PixelRect& r = s.scene_rect;
  ImGui::SetNextWindowPos(
      {r.x + 0.5F * static_cast<float>(r.width), r.y + 0.5F * static_cast<float>(r.height)},
      ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowBgAlpha(0.94F);
  ImGui::Begin("hints", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_AlwaysAutoResize |
                   ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
  ImGui::PushFont(s.fonts.title);
  ImGui::TextUnformatted("Welcome");
  ImGui::PopFont();
  text_dim(s, "A simulated character that plans a second ahead.");
  ImGui::Dummy({0, 4 * s.scale});
  for (const Hint& hint : kHints) {
    ImGui::TextColored(s.colors().accent, "%s", hint.keys);
    ImGui::SameLine(118 * s.scale);
    ImGui::TextUnformatted(hint.what);
  }
  ImGui::Dummy({0, 4 * s.scale});
  if (button(s, "Start", true)) {
    s.hints_open = false;
    s.settings.hints_seen = true;
    s.sim.set_playing(true);
  }
  ImGui::End();
}

}  // namespace foresight
