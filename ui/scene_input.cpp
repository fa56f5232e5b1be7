#include "ui/scene_input.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace foresight {
namespace {

constexpr double kPullStiffness = 350;  // N/m
constexpr double kMostPull = 400;       // N

bool inside(const PixelRect& r, ImVec2 p) {
  return p.x >= r.x && p.y >= r.y && p.x < r.x + r.width && p.y < r.y + r.height;
}

// Scene object of a body, told by its name; -1 when it is none or a ball.
int object_of(const mjModel& m, int body) {
  if (body <= 0 || m.body_dofnum[body] > 0) return -1;
  const char* name = mj_id2name(&m, mjOBJ_BODY, body);
  if (name == nullptr || std::strncmp(name, "scene/", 6) != 0) return -1;
  int index = 0;
  for (int b = 1; b < body; ++b) {
    const char* other = mj_id2name(&m, mjOBJ_BODY, b);
    index += other != nullptr && std::strncmp(other, "scene/", 6) == 0;
  }
  return index;
}

// Which character a body belongs to: the n-th floating tree; -1 for none.
int character_of(const mjModel& m, int body, int characters) {
  if (body <= 0) return -1;
  int which = 0;
  for (int j = 0; j < m.njnt && which < characters; ++j) {
    if (m.jnt_type[j] != mjJNT_FREE) continue;
    if (m.jnt_bodyid[j] == m.body_rootid[body]) return which;
    ++which;
  }
  return -1;
}

}  // namespace

Ray SceneInput::ray_at(const AppState& s, const SceneView& scene, ImVec2 pixel) const {
  const PixelRect& r = s.scene_rect;
  return s.camera.ray((pixel.x - r.x) / r.width, (pixel.y - r.y) / r.height, r.aspect(),
                      scene.fovy());
}

Ray SceneInput::mouse_ray(const AppState& s, const SceneView& scene) const {
  return ray_at(s, scene, ImGui::GetIO().MousePos);
}

int SceneInput::handle_under(const AppState& s, const SceneView& scene) const {
  const PixelRect& r = s.scene_rect;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  int best = -1;
  double nearest = 18 * s.scale;
  for (std::size_t i = 0; i < handles_.size(); ++i) {
    double x, y;
    if (!s.camera.project(handles_[i].position, r.aspect(), scene.fovy(), x, y)) continue;
    const double distance = std::hypot(r.x + x * r.width - mouse.x, r.y + y * r.height - mouse.y);
    if (distance >= nearest) continue;
    nearest = distance;
    best = static_cast<int>(i);
  }
  return best;
}

void SceneInput::kick_there(AppState& s, const SceneView& scene) {
  const Ray ray = ray_at(s, scene, *s.double_click);
  Eigen::Vector3d point;
  const int body = scene.pick(ray, point);
  const int which = character_of(scene.model(), body, static_cast<int>(s.shot->characters.size()));
  if (which < 0) return;
  Eigen::Vector2d direction = ray.direction.head<2>();
  if (direction.norm() < 1e-3) direction = Eigen::Vector2d::UnitX();
  const Eigen::Vector2d v = s.settings.kick_strength * direction.normalized();
  s.selected = which;
  s.sim.post([which, v](Simulation& sim) { sim.kick(which, v); });
  s.say("Kick");
}

void SceneInput::press(AppState& s, const SceneView& scene) {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.MouseClicked[1] || io.MouseClicked[2]) {
    drag_ = Drag::kPan;
    return;
  }
  if (!io.MouseClicked[0]) return;
  drag_ = Drag::kOrbit;
  if (hot_ >= 0) {
    drag_ = Drag::kHandle;
    plane_ = handles_[hot_].position.z();
    return;
  }
  const Ray ray = mouse_ray(s, scene);
  const int body = scene.pick(ray, grip_);
  const int object = object_of(scene.model(), body);
  if (object >= 0) {
    drag_ = Drag::kObject;
    object_ = object;
    object_at_ = Eigen::Map<const Eigen::Vector3d>(scene.data().xpos + 3 * body);
    plane_ = grip_.z();
    return;
  }
  if (!io.KeyCtrl || body <= 0) return;
  drag_ = Drag::kPull;
  body_ = body;
  pulled_to_ = grip_;
}

void SceneInput::move_camera(AppState& s) {
  const ImVec2 d = ImGui::GetIO().MouseDelta;
  const double height = std::max(s.scene_rect.height, 1);
  if (drag_ == Drag::kOrbit) s.camera.orbit(d.x / height, d.y / height);
  if (drag_ == Drag::kPan) s.camera.pan(d.x / height, d.y / height);
}

// Targets of the task write its parameters, poses of the editor move on the ground.
void SceneInput::drag_handle(AppState& s, const SceneView&, const Ray& ray) {
  const Handle& handle = handles_[hot_];
  const ImGuiIO& io = ImGui::GetIO();
  Eigen::Vector3d point;
  if (handle.z >= 0 && io.KeyShift) {
    point = handle.position;
    point.z() -= io.MouseDelta.y * s.camera.distance / std::max(s.scene_rect.height, 1);
  } else if (!ray.meets_plane(plane_, point)) {
    return;
  }
  if (static_cast<std::size_t>(hot_) >= task_handles_) {
    std::vector<double>& qpos = s.poses[hot_ - task_handles_].qpos;
    std::copy(point.data(), point.data() + 2, qpos.begin());
    return;
  }
  move_handle(handle, point, task_info(s.setup.name), s.setup.values);
  s.send_task();
}

void SceneInput::find_handles(const AppState& s) {
  handles_ = handles_of(task_info(s.setup.name), s.setup.values);
  task_handles_ = handles_.size();
  if (s.tab != InspectorTab::kPoses) return;
  for (const KeyPose& pose : s.poses) {
    handles_.push_back({"pose", -1, -1, -1, {pose.qpos[0], pose.qpos[1], 0}});
  }
}

void SceneInput::drag(AppState& s, const SceneView& scene) {
  const Ray ray = mouse_ray(s, scene);
  Eigen::Vector3d point;
  if (drag_ == Drag::kHandle && hot_ < static_cast<int>(handles_.size())) {
    drag_handle(s, scene, ray);
  } else if (drag_ == Drag::kObject && ray.meets_plane(plane_, point)) {
    const Eigen::Vector3d shift(point.x() - grip_.x(), point.y() - grip_.y(), 0);
    grip_ = point;
    object_at_ += shift;
    if (shift.norm() > 1e-4) {
      s.sim.post([o = object_, to = object_at_](Simulation& sim) { sim.move_object(o, to); });
    }
  } else if (drag_ == Drag::kPull && ray.meets_plane(grip_.z(), point)) {
    pulled_to_ = point;
    const Eigen::Vector3d body = Eigen::Map<const Eigen::Vector3d>(scene.data().xpos + 3 * body_);
    Eigen::Vector3d force = kPullStiffness * (pulled_to_ - body);
    force *= std::min(1.0, kMostPull / std::max(force.norm(), 1e-9));
    s.sim.post([b = body_, force](Simulation& sim) { sim.pull(b, force); });
  }
}

void SceneInput::release(AppState& s) {
  if (drag_ == Drag::kPull) {
    s.sim.post([b = body_](Simulation& sim) { sim.pull(b, Eigen::Vector3d::Zero()); });
  }
  drag_ = Drag::kNone;
}

void SceneInput::update(AppState& s, const SceneView& scene) {
  const ImGuiIO& io = ImGui::GetIO();
  const bool any_down = io.MouseDown[0] || io.MouseDown[1] || io.MouseDown[2];
  if (drag_ != Drag::kNone && !any_down) release(s);
  find_handles(s);
  if (drag_ == Drag::kNone || hot_ >= static_cast<int>(handles_.size())) hot_ = -1;
  const bool here = inside(s.scene_rect, io.MousePos) && !io.WantCaptureMouse;
  if (s.double_click && inside(s.scene_rect, *s.double_click) && !io.WantCaptureMouse) {
    kick_there(s, scene);
  }
  if (here && drag_ == Drag::kNone) {
    hot_ = handle_under(s, scene);
    press(s, scene);
    if (io.MouseWheel != 0) s.camera.zoom(io.MouseWheel);
    if (hot_ >= 0) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  } else if (drag_ != Drag::kNone) {
    move_camera(s);
    drag(s, scene);
  }
}

void SceneInput::add_handles(const AppState&, Overlay& overlay) const {
  for (std::size_t i = 0; i < handles_.size(); ++i) {
    add_handle(handles_[i], static_cast<int>(i) == hot_, overlay);
  }
  if (drag_ != Drag::kPull) return;
  overlay.markers.push_back(
      {Marker::Shape::kArrow, grip_, pulled_to_, 0.02, {0.93F, 0.36F, 0.36F, 0.9F}});
}

}  // namespace foresight
