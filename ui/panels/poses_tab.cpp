// In-betweening: poses at times, set by hand, which the character should meet.

#include <algorithm>
#include <cmath>

#include "ui/clip_view.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

std::vector<double> current_pose(const AppState& s) {
  return {s.shot->qpos.begin(), s.shot->qpos.begin() + s.character->nq};
}

double next_time(const AppState& s) {
  double last = 0;
  for (const KeyPose& pose : s.poses) last = std::max(last, pose.seconds);
  return last + 1;
}

// 1 m ahead of the last pose, so that there is somewhere to go.
void add_pose(AppState& s, std::vector<double> qpos) {
  const std::vector<double>& before = s.poses.empty() ? current_pose(s) : s.poses.back().qpos;
  const double yaw = s.shot->characters.empty() ? 0 : s.shot->characters[0].yaw;
  qpos[0] = before[0] + std::cos(yaw);
  qpos[1] = before[1] + std::sin(yaw);
  s.poses.push_back({next_time(s), std::move(qpos)});
}

void draw_sources(AppState& s) {
  if (button(s, "Add the pose of now", true)) add_pose(s, current_pose(s));
  ImGui::BeginDisabled(!s.clip);
  if (button(s, "Add the pose of the clip", true)) {
    const Clip& clip = s.clip->imported->clip;
    const int frame = std::clamp(static_cast<int>(s.clip->time * clip.fps), 0, clip.frames() - 1);
    add_pose(s, {clip.qpos.col(frame).data(), clip.qpos.col(frame).data() + clip.qpos.rows()});
  }
  ImGui::EndDisabled();
}

void draw_list(AppState& s) {
  for (std::size_t i = 0; i < s.poses.size(); ++i) {
    ImGui::PushID(static_cast<int>(i));
    auto seconds = static_cast<float>(s.poses[i].seconds);
    ImGui::SetNextItemWidth(-70 * s.scale);
    if (ImGui::SliderFloat("##time", &seconds, 0.2F, 10, "at %.2f s")) s.poses[i].seconds = seconds;
    ImGui::SameLine();
    const bool removed = ImGui::SmallButton("Remove");
    ImGui::PopID();
    if (removed) s.poses.erase(s.poses.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  if (s.poses.empty()) text_dim(s, "No poses yet.");
}

// The path between poses beyond the window needs a cost that follows it.
void run_poses(AppState& s) {
  const auto is_track = [](const TermSetup& term) { return term.name == "track"; };
  if (std::none_of(s.setup.terms.begin(), s.setup.terms.end(), is_track)) {
    s.setup = default_setup("free");
    TermSetup track = default_term("track");
    track.weight = 0.1;
    s.setup.terms.push_back(track);
    s.send_task();
  }
  s.sim.post([poses = s.poses](Simulation& sim) { sim.set_key_poses(poses); });
  s.sim.set_playing(true);
}

}  // namespace

void draw_poses_tab(AppState& s) {
  section(s, "IN-BETWEENING");
  text_dim(s,
           "Set poses and times; the character finds the motion between them. Drag the discs in "
           "the scene to move a pose.");
  draw_sources(s);
  section(s, "POSES");
  draw_list(s);
  if (s.shot->key_poses) {
    if (button(s, "Stop", true)) s.sim.post([](Simulation& sim) { sim.set_key_poses({}); });
    return;
  }
  ImGui::BeginDisabled(s.poses.empty());
  if (button(s, "Run", true)) run_poses(s);
  ImGui::EndDisabled();
  if (!s.poses.empty() && button(s, "Clear", true)) s.poses.clear();
}

}  // namespace foresight
