// Controls of the maze view, and the maze beside them.

#include <algorithm>

#include "ui/maze_view.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

// The planners that ship; choosing one loads it.
void draw_shipped_planners(AppState& s) {
  const MazeView& m = *s.maze;
  std::vector<std::string> names;
  std::vector<fs::path> files;
  int index = -1;
  for (const auto& [maze, file] : m.shipped) {
    if (m.session && file == m.file) index = static_cast<int>(names.size());
    names.push_back(maze);
    files.push_back(file);
  }
  ImGui::BeginDisabled(!s.jobs.empty());
  if (choice(s, "Planner", names, index)) load_maze_planner(s, files[index]);
  ImGui::EndDisabled();
}

void draw_planner_weights(AppState& s) {
  MazeView& m = *s.maze;
  section(s, "PLANNER");
  draw_shipped_planners(s);
  char text[512];
  std::snprintf(text, sizeof(text), "%s", m.file.c_str());
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputTextWithHint("##planner", "diffuser.safetensors", text, sizeof(text))) {
    m.file = text;
  }
  s.mark("planner file");
  ImGui::BeginDisabled(m.file.empty() || !s.jobs.empty());
  if (button(s, "Load planner", true)) load_maze_planner(s, m.file);
  ImGui::EndDisabled();
  if (m.session) {
    text_dim(s, (m.session->name() + ": " + m.session->summary()).c_str());
    return;
  }
  text_dim(s,
           "The list holds the planners that ship. For another maze train one, then drop the file "
           "on the window or give its name above:\n\n"
           "foresight maze data --maze m1 --out m1.safetensors\n"
           "foresight maze train --data m1.safetensors --out m1 --hours 1\n\n"
           "The file is m1/diffuser.safetensors.");
}

void draw_map_choice(AppState& s) {
  MazeView& m = *s.maze;
  section(s, "MAP");
  if (m.session) {
    value_line("Trained on", m.session->layout().name, s.colors().text);
    return;
  }
  std::vector<std::string> names;
  int index = 0;
  for (const MazeLayout& layout : maze_layouts()) {
    if (layout.name == m.map) index = static_cast<int>(names.size());
    names.push_back(layout.name);
  }
  if (!choice(s, "Map", names, index)) return;
  m.map = names[index];
  m.start.reset();
  m.goal.reset();
  m.places_goal = false;
}

void draw_request(AppState& s) {
  MazeView& m = *s.maze;
  const MazeSession& session = *m.session;
  section(s, "DENOISING");
  ImGui::TextUnformatted("Network calls");
  ImGui::SetNextItemWidth(-1);
  ImGui::SliderInt("##calls", &m.request.calls, 1, session.levels());
  s.mark("calls");
  ImGui::TextUnformatted("Candidates");
  ImGui::SetNextItemWidth(-1);
  ImGui::SliderInt("##candidates", &m.request.candidates, 1, 16);
  int length = m.request.frames / session.frame_unit();
  ImGui::TextUnformatted("Length of the plan");
  ImGui::SetNextItemWidth(-1);
  const std::string seconds = format("%.2f s", m.request.frames * session.frame_seconds());
  if (ImGui::SliderInt("##length", &length, session.min_frames() / session.frame_unit(),
                       session.max_frames() / session.frame_unit(), seconds.c_str())) {
    m.request.frames = length * session.frame_unit();
  }
  toggle(s, "Add noise between calls", m.request.stochastic, "On: DDPM. Off: DDIM.");
  int seed = static_cast<int>(m.request.seed);
  ImGui::TextUnformatted("Seed");
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputInt("##maze seed", &seed))
    m.request.seed = static_cast<std::uint64_t>(std::max(seed, 0));
  ImGui::BeginDisabled(!m.start || !m.goal || !s.jobs.empty());
  if (button(s, "Plan again", true)) {
    ++m.request.seed;
    plan_in_maze(s);
  }
  ImGui::EndDisabled();
}

void draw_outcome(AppState& s, const MazeOutcome& o) {
  const Palette& p = s.colors();
  section(s, "RESULT");
  value_line("Planning", format("%.2f s", o.seconds), p.text);
  value_line("Plan", format("%.2f s", o.plan.steps() * kMazeStepSeconds), p.text);
  value_line("Largest jump", format("%.2f m", o.plan.defect),
             o.plan.defect > 0.1 ? p.warning : p.text);
  value_line("Outside known places", format("%.0f %%", 100 * o.plan.outside),
             o.plan.outside > 0 ? p.warning : p.text);
  const bool reached = o.episode.first_reward >= 0;
  value_line("Goal",
             reached ? format("after %.2f s", o.episode.first_reward * kMazeStepSeconds)
                     : std::string("not reached"),
             reached ? p.good : p.bad);
}

// Which network call is shown; beyond the last one, the time of the ball.
void draw_progress(AppState& s) {
  MazeView& m = *s.maze;
  const std::lock_guard lock(m.run->mutex);
  const auto calls = static_cast<double>(m.run->calls.size());
  const double way =
      m.run->outcome ? static_cast<double>(m.run->outcome->episode.path.size()) * kMazeStepSeconds
                     : 0;
  if (icon_button(s, "maze play", m.playing ? Icon::kPause : Icon::kPlay, "Play or pause")) {
    m.playing = !m.playing;
    if (m.playing && m.shown >= calls + way) m.shown = 0;
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(
      m.shown < calls || way == 0
          ? format("call %.0f of %d", std::ceil(m.shown), m.run->request.calls).c_str()
          : format("following, %.2f s", m.shown - calls).c_str());
  auto shown = static_cast<float>(m.shown);
  if (bare_slider(s, "##shown", shown, 0, static_cast<float>(std::max(calls + way, 1.0)))) {
    m.shown = shown;
    m.playing = false;
  }
  s.mark("maze time");
  if (m.run->outcome) draw_outcome(s, *m.run->outcome);
}

const char* what_to_click(const MazeView& m) {
  if (m.places_goal) return "Click where to go.";
  if (!m.start) return "Click where to start.";
  return m.session ? "Click for another start." : "There is no planner yet: load one on the left.";
}

}  // namespace

void draw_maze_view(AppState& s, const PixelRect& rect) {
  const MazeView& m = *s.maze;
  const int column = std::clamp(static_cast<int>(0.235 * rect.width),
                                static_cast<int>(210 * s.scale), static_cast<int>(330 * s.scale));
  begin_panel("maze controls", {rect.x, rect.y, column, rect.height});
  draw_planner_weights(s);
  draw_map_choice(s);
  if (m.session) draw_request(s);
  if (m.run) draw_progress(s);
  ImGui::End();
  s.scene_rect = {rect.x + column, rect.y, rect.width - column, rect.height};
  begin_panel("maze picture", s.scene_rect);
  ImGui::PushFont(s.fonts.title);
  ImGui::TextUnformatted(what_to_click(m));
  ImGui::PopFont();
  draw_maze(s, ImGui::GetCursorScreenPos(), ImGui::GetContentRegionAvail());
  ImGui::End();
}

}  // namespace foresight
