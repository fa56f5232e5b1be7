// All keys, drawn from the table of bindings.

#include <cstring>

#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

void draw_group(AppState& s, const char* group) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::TextColored(s.colors().accent, "%s", group);
  for (const Binding& b : bindings()) {
    if (std::strcmp(b.group, group) != 0) continue;
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(b.what);
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(key_text(b).c_str());
    ImGui::TableNextColumn();
    ImGui::TextColored(s.colors().text_dim, "%s", pad_text(b).c_str());
  }
}

void draw_table(AppState& s) {
  if (!ImGui::BeginTable("keys", 3, ImGuiTableFlags_SizingStretchProp)) return;
  const char* last = "";
  for (const Binding& b : bindings()) {
    if (std::strcmp(b.group, last) != 0) draw_group(s, b.group);
    last = b.group;
  }
  ImGui::EndTable();
}

}  // namespace

void draw_help_window(AppState& s) {
  if (!s.help_open) return;
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const float height = std::min(size.y - 90 * s.scale, 640 * s.scale);
  ImGui::SetNextWindowPos({0.5F * size.x, 0.5F * size.y}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize({460 * s.scale, height});
  if (ImGui::Begin("Keys and gamepad", &s.help_open,
                   ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
                       ImGuiWindowFlags_NoSavedSettings)) {
    text_dim(s,
             "Gamepad: the left stick walks, the right stick turns. Mouse: left drag turns the "
             "camera, right drag shifts it, the wheel zooms; a double click on the character "
             "kicks it, Ctrl and drag pulls it; targets and obstacles can be dragged.");
    draw_table(s);
  }
  ImGui::End();
}

}  // namespace foresight
