// Transport buttons and the last minute.

#include <algorithm>
#include <cmath>

#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

void draw_buttons(AppState& s) {
  const bool playing = s.sim.playing();
  if (icon_button(s, "play", playing ? Icon::kPause : Icon::kPlay,
                  playing ? "Pause (Space)" : "Play (Space)", playing)) {
    perform(s, Action::kPlayPause);
  }
  ImGui::SameLine();
  if (icon_button(s, "step back", Icon::kStepBack, "One control step back (,)")) {
    perform(s, Action::kStepBack);
  }
  ImGui::SameLine();
  if (icon_button(s, "step", Icon::kStep, "One control step (.)")) perform(s, Action::kStep);
  ImGui::SameLine();
  if (icon_button(s, "reset", Icon::kReset, "Start anew (Backspace)")) perform(s, Action::kReset);
  ImGui::SameLine();
  const bool recording = s.shot->recorded >= 0;
  if (icon_button(s, "record", recording ? Icon::kStop : Icon::kRecord,
                  recording ? "Stop recording (Ctrl+R)" : "Record (Ctrl+R)", recording)) {
    perform(s, Action::kRecord);
  }
}

// A bare slider is lower than a line of buttons.
void centre_line(float line) {
  const float rest = ImGui::GetFrameHeight() - ImGui::GetFontSize();
  ImGui::SetCursorPosY(line + 0.5F * rest);
}

// A text in a column of its own, so that what follows stays where it is.
void text_in(AppState& s, float line, const std::string& text, float width) {
  const float begin = ImGui::GetCursorPosX();
  ImGui::SetCursorPosY(line);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(text.c_str());
  ImGui::SameLine(begin + width * s.scale);
}

void draw_speed(AppState& s, float line) {
  auto speed = static_cast<float>(s.shot->speed);
  centre_line(line);
  if (bare_slider(s, "##speed", speed, 0.1F, 4, 90 * s.scale, ImGuiSliderFlags_Logarithmic)) {
    s.sim.set_speed(speed);
  }
  s.mark("speed");
  if (ImGui::IsItemClicked(ImGuiMouseButton_Right)) s.sim.set_speed(1);
  tip("Simulated seconds per second. Right click: 1.");
  ImGui::SameLine();
  text_in(s, line, format("%.2fx", s.shot->speed), 42);
}

std::string time_text(const AppState& s) {
  const Timeline& t = s.shot->timeline;
  const double dt = s.character->control_dt();
  if (t.playback) return format("%.1f of %.1f s", t.position * dt, t.last * dt);
  if (t.in_past) return format("%.1f s ago", (t.last - t.position) * dt);
  return format("%.1f s", s.shot->time);
}

void draw_scrub(AppState& s, float line) {
  const Timeline& t = s.shot->timeline;
  auto position = static_cast<float>(t.position - t.first);
  const auto last = static_cast<float>(std::max<std::int64_t>(t.last - t.first, 1));
  text_in(s, line, time_text(s), t.playback ? 104 : 76);
  centre_line(line);
  if (bare_slider(s, "##time", position, 0, last, ImGui::GetContentRegionAvail().x)) {
    s.sim.set_playing(false);
    s.sim.post([to = t.first + std::lround(position)](Simulation& sim) { sim.scrub(to); });
  }
  s.mark("time");
  tip(t.playback ? "A recording. Take over lets the live controller go on from here."
                 : "The last minute. Play goes on from the moment shown.");
}

const char* state_text(const AppState& s) {
  switch (s.shot->state) {
    case RunState::kRunning:
      return s.shot->timeline.playback ? "Playing a recording" : "Running";
    case RunState::kThinking:
      return "Making the first plan";
    case RunState::kPaused:
      return s.shot->timeline.in_past ? "In the past" : "Paused";
    case RunState::kFailed:
      return "Stopped";
  }
  return "";
}

}  // namespace

void draw_timeline(AppState& s, const PixelRect& rect) {
  begin_panel("timeline", rect);
  ImGui::SetCursorPosY(0.5F * (rect.height - 1.15F * ImGui::GetFrameHeight()));
  draw_buttons(s);
  ImGui::SameLine(0, 14 * s.scale);
  const float line = 0.5F * (rect.height - ImGui::GetFrameHeight());
  ImGui::SetCursorPosY(line);
  ImGui::AlignTextToFramePadding();
  ImGui::TextColored(s.shot->state == RunState::kFailed ? s.colors().bad : s.colors().text_dim,
                     "%s", state_text(s));
  ImGui::SameLine(std::min(340 * s.scale, 0.45F * rect.width));
  draw_speed(s, line);
  ImGui::SetCursorPosY(line);
  if (s.shot->timeline.playback) {
    if (button(s, "Take over")) s.sim.post([](Simulation& sim) { sim.take_over(); });
    ImGui::SameLine();
  } else if (s.shot->timeline.in_past) {
    if (icon_button(s, "live", Icon::kLive, "Back to the newest moment (End)")) {
      perform(s, Action::kLive);
    }
    ImGui::SameLine();
  }
  draw_scrub(s, line);
  ImGui::End();
}

}  // namespace foresight
