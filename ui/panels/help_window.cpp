// All keys, drawn from the table of bindings.

#include <algorithm>
#include <cstring>
#include <vector>

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

// Groups [first, last) of the table of bindings.
void draw_groups(AppState& s, const char* id, std::size_t first, std::size_t last) {
  if (!ImGui::BeginTable(id, 3, ImGuiTableFlags_SizingStretchProp)) return;
  std::vector<const char*> groups;
  for (const Binding& b : bindings()) {
    if (groups.empty() || std::strcmp(b.group, groups.back()) != 0) groups.push_back(b.group);
  }
  for (std::size_t i = first; i < std::min(last, groups.size()); ++i) draw_group(s, groups[i]);
  ImGui::EndTable();
}

void draw_columns(AppState& s) {
  if (!ImGui::BeginTable("halves", 2, ImGuiTableFlags_SizingStretchSame)) return;
  ImGui::TableNextColumn();
  draw_groups(s, "time and steering", 0, 2);
  ImGui::TableNextColumn();
  draw_groups(s, "the rest", 2, bindings().size());
  ImGui::EndTable();
}

}  // namespace

void draw_help_window(AppState& s) {
  if (!s.help_open) return;
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const float width = std::min(size.x - 20 * s.scale, 760 * s.scale);
  const float height = std::min(size.y - 90 * s.scale, 560 * s.scale);
  ImGui::SetNextWindowPos({0.5F * size.x, 0.5F * size.y}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize({width, height});
  if (ImGui::Begin("Keys and gamepad", &s.help_open,
                   ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
                       ImGuiWindowFlags_NoSavedSettings)) {
    text_dim(s,
             "Gamepad: the left stick walks, the right stick turns. Mouse: left drag turns the "
             "camera, right drag shifts it, the wheel zooms; a double click on the character "
             "kicks it, Ctrl and drag pulls it; targets and obstacles can be dragged.");
    draw_columns(s);
  }
  ImGui::End();
}

}  // namespace foresight
