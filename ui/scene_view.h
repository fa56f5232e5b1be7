// SceneView: the MuJoCo scene drawn into a part of the window, at a resolution of its own.
#pragma once

#include <memory>
#include <vector>

#include "sim/world.h"
#include "ui/offscreen/overlay.h"
#include "ui/orbit_camera.h"
#include "ui/quality.h"

namespace foresight {

/// Pixels, origin at the top left of the window.
struct PixelRect {
  int x = 0, y = 0, width = 0, height = 0;
  double aspect() const { return height > 0 ? static_cast<double>(width) / height : 1; }
};

/// How the picture is made; a change makes the OpenGL objects be built anew.
struct SceneStyle {
  bool dark = true, shadows = true;
  int level = 3;  // of quality.h
  bool operator==(const SceneStyle&) const = default;
};

/// Needs a current OpenGL context.
class SceneView {
 public:
  SceneView();
  ~SceneView();
  SceneView(const SceneView&) = delete;
  SceneView& operator=(const SceneView&) = delete;

  /// Cheap when nothing changed.
  void prepare(std::shared_ptr<const mjModel> model, const SceneStyle& style);
  bool ready() const { return model_ != nullptr; }
  const mjModel& model() const { return *model_; }
  /// Pose drawn last.
  const mjData& data() const { return *data_; }
  double fovy() const { return model_->vis.global.fovy; }

  /// Poses the scene: qpos of the model, 3 numbers per moving object.
  void pose(const std::vector<double>& qpos, const std::vector<double>& mocap);
  /// Draws into the window, whose height in pixels is `window_height`.
  void draw(const PixelRect& rect, int window_height, const OrbitCamera& camera,
            const Overlay& overlay);

  /// Body whose surface the ray meets first (the world's floor is 0), or -1; `point` is where.
  int pick(const Ray& ray, Eigen::Vector3d& point) const;

 private:
  void make_context(const SceneStyle& style);
  void free_context();
  void fade_what_hides(const Eigen::Vector3d& eye, const Eigen::Vector3d& focus);
  void show(const PixelRect& rect, int window_height, int width, int height);

  std::shared_ptr<const mjModel> model_;
  SceneStyle style_;
  bool has_context_ = false;
  mjrContext gl_;
  mjvScene scene_;
  mjvOption options_;
  DataPtr data_, scratch_;
};

}  // namespace foresight
