// What is drawn and how.

#include "ui/panels/panels.h"
#include "ui/quality.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

void draw_camera(AppState& s) {
  section(s, "CAMERA");
  std::vector<std::string> modes;
  for (int i = 0; i < kCameraModes; ++i) {
    modes.push_back(camera_mode_name(static_cast<CameraMode>(i)));
  }
  int mode = static_cast<int>(s.camera.mode);
  if (choice(s, "Camera", modes, mode)) s.camera.mode = static_cast<CameraMode>(mode);
  text_dim(s, "Left drag turns, right drag shifts, the wheel zooms.");
}

void draw_plan(AppState& s) {
  section(s, "PREDICTED SECOND");
  ViewSettings& v = s.settings.view;
  toggle(s, "Ghosts", v.ghosts, "Predicted poses");
  ImGui::SetNextItemWidth(-1);
  ImGui::SliderInt("##ghosts", &v.ghost_count, 1, 12, "%d poses");
  toggle(s, "Paths of root and feet", v.paths);
  const bool guidance = toggle(s, "Guidance", v.guidance, "Where the costs push the prediction");
  toggle(s, "Obstacle field", v.field, "Where the costs of obstacles and of what moves are high");
  const bool contacts = toggle(s, "Contact forces", v.contacts, "1 m for 1000 N");
  if (!guidance && !contacts) return;
  s.settings.simulation.show_contacts = v.contacts;
  s.settings.simulation.controller.show_guidance = v.guidance;
  s.send_settings();
}

void draw_quality(AppState& s) {
  section(s, "QUALITY");
  ViewSettings& v = s.settings.view;
  std::vector<std::string> levels = {"automatic"};
  for (int i = 0; i < kQualityLevels; ++i) levels.push_back(quality_level(i).name);
  int level = v.quality + 1;
  if (choice(s, "Quality", levels, level)) v.quality = level - 1;
  toggle(s, "Shadows", v.shadows);
  ImGui::SetNextItemWidth(-1);
  ImGui::SliderInt("##limit", &v.frame_limit, 10, 144, "at most %d fps");
  const std::string note = quality_note(s.quality);
  text_dim(s, (std::string(quality_level(s.quality).name) + (note.empty() ? "" : ": " + note) +
               ". Drawn by " + s.renderer)
                  .c_str());
}

}  // namespace

void draw_view_tab(AppState& s) {
  draw_camera(s);
  draw_plan(s);
  section(s, "DISTURB");
  const ParameterInfo kick{"kick", "m/s", "Velocity that a kick adds to the pelvis", 0.1, 3, 0.8};
  const ParameterInfo ball{"ball", "m/s", "Speed of a thrown ball of 2.5 kg", 2, 16, 8};
  parameter_slider(s, kick, s.settings.kick_strength);
  parameter_slider(s, ball, s.settings.ball_speed);
  if (button(s, "Kick")) perform(s, Action::kKick);
  ImGui::SameLine();
  if (button(s, "Throw a ball")) perform(s, Action::kThrow);
  text_dim(s, "A double click on the character kicks it there; Ctrl and drag pulls.");
  draw_quality(s);
  section(s, "WINDOW");
  toggle(s, "Dark", s.settings.dark);
  const ParameterInfo scale{"ui scale", "x", "0: as the display says", 0, 3, 0};
  parameter_slider(s, scale, s.settings.ui_scale);
}

}  // namespace foresight
