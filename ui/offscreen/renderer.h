// Renders a simulated world to RGB pictures without a window.
#pragma once

#include <memory>

#include "sim/world.h"
#include "ui/offscreen/camera.h"
#include "ui/offscreen/gl_context.h"
#include "ui/offscreen/image.h"
#include "ui/offscreen/overlay.h"

namespace foresight {

/// Adds markers and ghosts to a MuJoCo scene. `scratch` is data of `model` that ghosts may
/// overwrite. Shapes that no longer fit into the scene are left out.
void add_overlay(const mjModel& model, mjData& scratch, const Overlay& overlay, mjvScene& scene);

/// Puts directional lights above `focus`, because MuJoCo's shadow map covers only a few metres, and
/// keeps the floor from casting shadows, which only makes stripes on itself.
void light_scene(const Eigen::Vector3d& focus, mjvScene& scene);

/// Options that every view of ours shares: no sites and no debugging geometry.
mjvOption visual_options();

/// Not thread safe; may be used from any one thread at a time after release().
class OffscreenRenderer {
 public:
  /// `model` must outlive the renderer. `samples` is per pixel: 4 gives smooth edges and takes
  /// three times as long in software. Throws InputError when there is no OpenGL.
  OffscreenRenderer(const mjModel& model, int width, int height, int samples = 0);
  ~OffscreenRenderer();
  OffscreenRenderer(const OffscreenRenderer&) = delete;
  OffscreenRenderer& operator=(const OffscreenRenderer&) = delete;

  Camera& camera() { return camera_; }
  int width() const { return width_; }
  int height() const { return height_; }
  std::string gl_kind() const { return context_->kind(); }

  /// Draws the pose in `data`. `dt` is the time since the last frame (s), by which the
  /// camera moves. The image is the renderer's own and valid until the next call.
  const Image& render(const mjData& data, const Overlay& overlay = {}, double dt = 1.0 / 30);

  /// Moves the camera as render() would, without a picture: for those who leave frames out.
  void skip(const mjData& data, double dt) { place_camera(data, dt); }

  /// Lets the camera jump to the character at the next frame.
  void reset_camera() { focus_ = SmoothPoint(); }

  /// Unbinds OpenGL from this thread.
  void release() { context_->release(); }

 private:
  mjvCamera place_camera(const mjData& data, double dt);
  void read_image();

  const mjModel& model_;
  int width_, height_;
  Camera camera_;
  SmoothPoint focus_;
  int follow_body_ = 0;
  std::unique_ptr<GlContext> context_;
  DataPtr drawn_, scratch_;
  mjvScene scene_;
  mjvOption options_;
  mjrContext gl_;
  Image image_;
  std::vector<std::uint8_t> flipped_;
};

/// Shorthand for std::make_unique<OffscreenRenderer>.
std::unique_ptr<OffscreenRenderer> make_renderer(const mjModel& model, int width, int height,
                                                 int samples = 0);

}  // namespace foresight
