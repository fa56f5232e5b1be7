// The mouse in the scene: camera, kicks, pulls, dragging of targets and obstacles.
#pragma once

#include "ui/app_state.h"
#include "ui/handles.h"

namespace foresight {

class SceneInput {
 public:
  /// Call once per frame, after the panels were drawn.
  void update(AppState& state, const SceneView& scene);
  /// Adds the handles that can be dragged.
  void add_handles(const AppState& state, Overlay& overlay) const;
  /// Handles of this frame: of the task, then one per pose of the editor.
  const std::vector<Handle>& handles() const { return handles_; }
  /// Index of the handle under the mouse or dragged; -1: none.
  int hot() const { return hot_; }

 private:
  enum class Drag { kNone, kOrbit, kPan, kHandle, kObject, kPull };

  Ray ray_at(const AppState& state, const SceneView& scene, ImVec2 pixel) const;
  Ray mouse_ray(const AppState& state, const SceneView& scene) const;
  int handle_under(const AppState& state, const SceneView& scene) const;
  void press(AppState& state, const SceneView& scene);
  void drag(AppState& state, const SceneView& scene);
  void release(AppState& state);
  void kick_there(AppState& state, const SceneView& scene);
  void move_camera(AppState& state);
  void find_handles(const AppState& state);
  void drag_handle(AppState& state, const SceneView& scene, const Ray& ray);

  Drag drag_ = Drag::kNone;
  int hot_ = -1;                                    // handle under the mouse or dragged
  int object_ = -1;                                 // scene object dragged
  int body_ = -1;                                   // body pulled
  double plane_ = 0;                                // height of the plane that is dragged on, m
  Eigen::Vector3d grip_ = Eigen::Vector3d::Zero();  // where the body was taken hold of
  Eigen::Vector3d pulled_to_ = Eigen::Vector3d::Zero();
  Eigen::Vector3d object_at_ = Eigen::Vector3d::Zero();
  std::vector<Handle> handles_;  // of the task, then one per pose of the editor
  std::size_t task_handles_ = 0;
};

}  // namespace foresight
