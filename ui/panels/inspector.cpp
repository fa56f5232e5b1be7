// The right column: one tab at a time.

#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

// On the next line when it does not fit.
void draw_tab(AppState& s, const char* label, InspectorTab tab) {
  const ImVec2 padding(5 * s.scale, ImGui::GetStyle().FramePadding.y);
  const float width = ImGui::CalcTextSize(label).x + 2 * padding.x;
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
  const bool chosen = s.tab == tab;
  ImGui::PushStyleColor(ImGuiCol_Button, chosen ? s.colors().accent_soft : ImVec4(0, 0, 0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, padding);
  if (ImGui::Button(label)) s.tab = tab;
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  s.mark(label);
  ImGui::SameLine(0, 2 * s.scale);
}

struct Tab {
  const char* label;
  InspectorTab tab;
  void (*draw)(AppState&);
};

constexpr Tab kTabs[] = {{"Controller", InspectorTab::kController, draw_controller_tab},
                         {"View", InspectorTab::kView, draw_view_tab},
                         {"Record", InspectorTab::kRecord, draw_record_tab},
                         {"Clips", InspectorTab::kClips, draw_clips_tab},
                         {"Poses", InspectorTab::kPoses, draw_poses_tab}};

}  // namespace

void draw_inspector(AppState& s, const PixelRect& rect) {
  if (rect.width == 0) return;
  begin_panel("inspector", rect);
  for (const Tab& t : kTabs) draw_tab(s, t.label, t.tab);
  ImGui::NewLine();
  ImGui::BeginChild("tab");
  for (const Tab& t : kTabs) {
    if (t.tab == s.tab) t.draw(s);
  }
  ImGui::EndChild();
  ImGui::End();
}

}  // namespace foresight
