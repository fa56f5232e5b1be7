// In-betweening: poses at times, set by hand, which the character should meet.

#include <algorithm>
#include <cmath>

#include "ui/clip_view.h"
#include "ui/panels/panels.h"
#include "ui/widgets.h"

namespace foresight {
namespace {

constexpr float kLongest = 10;  // s

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

template <typename XOf>
void draw_pose_marks(const AppState& s, ImVec2 low, ImVec2 high, const XOf& x_of) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const Palette& p = s.colors();
  const float middle = 0.5F * (low.y + high.y), r = 6 * s.scale;
  list.AddRectFilled(low, high, to_u32(p.plot_background), 4);
  list.AddLine({x_of(0), middle}, {high.x - (x_of(0) - low.x), middle}, to_u32(p.grid), 2);
  for (int t = 0; x_of(t) < high.x; ++t) {
    list.AddLine({x_of(t), middle - 4 * s.scale}, {x_of(t), middle + 4 * s.scale}, to_u32(p.grid));
  }
  for (const KeyPose& pose : s.poses) {
    const float x = x_of(pose.seconds);
    list.AddQuadFilled({x - r, middle}, {x, middle - r}, {x + r, middle}, {x, middle + r},
                       to_u32(p.series[3]));
  }
  if (s.preview < 0) return;
  const float x = x_of(s.preview);
  list.AddLine({x, low.y + 2}, {x, high.y - 2}, to_u32(p.series[4]), 2);
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

// Poses as diamonds on a line of time; they and the moment shown can be dragged.
void draw_pose_line(AppState& s) {
  const float height = 34 * s.scale, pad = 8 * s.scale;
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  double end = 3;
  for (const KeyPose& pose : s.poses) end = std::max(end, std::ceil(pose.seconds + 0.5));
  end = std::min<double>(end, kLongest);
  const auto x_of = [&](double t) {
    return low.x + pad + static_cast<float>(t / end) * (width - 2 * pad);
  };
  ImGui::InvisibleButton("pose line", {width, height});
  s.mark("pose line");
  const double mouse =
      std::clamp((ImGui::GetIO().MousePos.x - low.x - pad) / (width - 2 * pad), 0.0F, 1.0F) * end;
  if (ImGui::IsItemActivated()) {
    s.dragged_pose = -1;
    for (std::size_t i = 0; i < s.poses.size(); ++i) {
      if (std::abs(x_of(s.poses[i].seconds) - ImGui::GetIO().MousePos.x) < pad) {
        s.dragged_pose = static_cast<int>(i);
      }
    }
  }
  if (ImGui::IsItemActive()) {
    const bool pose = s.dragged_pose >= 0 && s.dragged_pose < static_cast<int>(s.poses.size());
    if (pose) s.poses[s.dragged_pose].seconds = std::max(mouse, 0.2);
    s.preview = mouse;
  }
  draw_pose_marks(s, low, {low.x + width, low.y + height}, x_of);
  tip("Drag a pose in time, or anywhere else to preview the motion between them.");
}

void draw_poses(AppState& s) {
  for (std::size_t i = 0; i < s.poses.size(); ++i) {
    ImGui::PushID(static_cast<int>(i));
    auto seconds = static_cast<float>(s.poses[i].seconds);
    ImGui::SetNextItemWidth(-70 * s.scale);
    if (ImGui::SliderFloat("##time", &seconds, 0.2F, kLongest, "at %.2f s"))
      s.poses[i].seconds = seconds;
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
  s.preview = -1;
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
  draw_pose_line(s);
  draw_poses(s);
  if (s.shot->key_poses) {
    if (button(s, "Stop", true)) s.sim.post([](Simulation& sim) { sim.set_key_poses({}); });
    return;
  }
  ImGui::BeginDisabled(s.poses.empty());
  if (button(s, "Run", true)) run_poses(s);
  ImGui::EndDisabled();
  if (!s.poses.empty() && button(s, "Clear", true)) {
    s.poses.clear();
    s.preview = -1;
  }
}

}  // namespace foresight
