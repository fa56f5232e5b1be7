// Name, what is going on, and how well: the line that is always there.

#include <algorithm>

#include "ui/maze_view.h"
#include "ui/panels/panels.h"
#include "ui/quality.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

struct Chip {
  std::string text;
  ImVec4 color;
  std::string tip;
};

Chip speed_chip(const AppState& s) {
  const Palette& p = s.colors();
  const double factor = s.shot->real_time_factor / std::max(s.shot->speed, 0.01);
  const ImVec4 color = s.shot->state != RunState::kRunning ? p.text_dim
                       : factor > 0.97                     ? p.good
                       : factor > 0.8                      ? p.warning
                                                           : p.bad;
  return {format("%.2fx real time", s.shot->real_time_factor), color,
          "Simulated seconds per second, smoothed over the last second."};
}

Chip plan_chip(const AppState& s) {
  const Palette& p = s.colors();
  if (!s.model) return {s.loader.busy() ? "loading" : "no controller", p.text_dim, ""};
  if (s.measured.plan_p50 <= 0) return {"no plan yet", p.text_dim, ""};
  const bool late = s.measured.age_p95 > 2;
  return {
      format("plan %.0f ms, age %.0f", s.measured.plan_p50, s.measured.age_p50),
      late ? p.warning : p.text,
      format("Time of one plan, median of ten seconds (95%% under %.0f ms), and how many control "
             "steps old the executed plan is (95%% under %.0f).",
             s.measured.plan_p95, s.measured.age_p95 + 1)};
}

Chip quality_chip(const AppState& s) {
  const Palette& p = s.colors();
  std::string note = quality_note(s.quality);
  if (s.least_replan > 1) note += format(", a plan every %d steps at most", s.replan_every());
  if (!s.quality_by_itself) return {format("%.0f fps", s.measured.fps), p.text, s.renderer};
  return {format("%.0f fps, quality %s", s.measured.fps, quality_level(s.quality).name), p.warning,
          "Lowered so that physics and planning keep real time: " + note + ". Drawn by " +
              s.renderer + ". View > Quality chooses by hand."};
}

void draw_chips(AppState& s, const PixelRect& rect) {
  std::vector<Chip> chips = {speed_chip(s), plan_chip(s), quality_chip(s)};
  if (s.shot->recorded >= 0) {
    chips.insert(chips.begin(), {format("recording %.1f s", s.shot->recorded), s.colors().bad, ""});
  }
  float width = 14 * s.scale;
  for (const Chip& chip : chips) width += ImGui::CalcTextSize(chip.text.c_str()).x + 22 * s.scale;
  ImGui::SameLine(std::max(rect.width - width, ImGui::GetCursorPosX()));
  for (const Chip& chip : chips) {
    ImGui::TextColored(chip.color, "%s", chip.text.c_str());
    if (!chip.tip.empty()) tip(chip.tip.c_str());
    ImGui::SameLine(0, 22 * s.scale);
  }
}

void panel_button(AppState& s, const char* label, bool& shown) {
  ImGui::PushStyleColor(ImGuiCol_Button, shown ? s.colors().accent_soft : ImVec4(0, 0, 0, 0));
  if (ImGui::Button(label)) shown = !shown;
  ImGui::PopStyleColor();
  s.mark(label);
  ImGui::SameLine(0, 2 * s.scale);
}

}  // namespace

void draw_top_bar(AppState& s, const PixelRect& rect) {
  begin_panel("top", rect);
  ImGui::PushFont(s.fonts.title);
  ImGui::TextUnformatted("Foresight");
  ImGui::PopFont();
  ImGui::SameLine(0, 18 * s.scale);
  panel_button(s, "Task", s.settings.show_task);
  panel_button(s, "Inspector", s.settings.show_inspector);
  bool mazes = s.maze->open;
  panel_button(s, "Mazes", mazes);
  if (mazes != s.maze->open) open_mazes(s, mazes);
  panel_button(s, "Keys", s.help_open);
  draw_chips(s, rect);
  ImGui::End();
}

}  // namespace foresight
