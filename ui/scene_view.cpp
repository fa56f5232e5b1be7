#include "ui/scene_view.h"

#include <GL/gl.h>
#include <GL/glext.h>
#include <GLFW/glfw3.h>

#include <algorithm>
#include <cmath>

#include "ui/offscreen/renderer.h"

namespace foresight {
namespace {

constexpr int kMaxGeoms = 6000;

struct FramebufferCalls {
  PFNGLBINDFRAMEBUFFERPROC bind;
  PFNGLBLITFRAMEBUFFERPROC blit;
};

const FramebufferCalls& framebuffer_calls() {
  static const FramebufferCalls calls{
      reinterpret_cast<PFNGLBINDFRAMEBUFFERPROC>(glfwGetProcAddress("glBindFramebuffer")),
      reinterpret_cast<PFNGLBLITFRAMEBUFFERPROC>(glfwGetProcAddress("glBlitFramebuffer"))};
  return calls;
}

void scale_texture(mjModel& m, int texture, const float (&factor)[3]) {
  const auto pixels = static_cast<std::size_t>(m.tex_width[texture]) * m.tex_height[texture];
  mjtByte* bytes = m.tex_data + m.tex_adr[texture];
  const int channels = m.tex_nchannel[texture];
  for (std::size_t i = 0; i < pixels; ++i) {
    for (int c = 0; c < std::min(channels, 3); ++c) {
      mjtByte& byte = bytes[i * channels + c];
      byte = static_cast<mjtByte>(static_cast<float>(byte) * factor[c]);
    }
  }
}

// Night for the dark theme: floor, sky and haze.
void darken(mjModel& m) {
  constexpr float kFloor[3] = {0.43F, 0.45F, 0.49F}, kSky[3] = {0.17F, 0.19F, 0.23F};
  for (int t = 0; t < m.ntex; ++t) {
    scale_texture(m, t, m.tex_type[t] == mjTEXTURE_SKYBOX ? kSky : kFloor);
  }
  for (float* rgba : {m.vis.rgba.fog, m.vis.rgba.haze}) {
    for (int c = 0; c < 3; ++c) rgba[c] *= kSky[c];
  }
}

}  // namespace

SceneView::SceneView() : options_(visual_options()) {
  mjr_defaultContext(&gl_);
  mjv_defaultScene(&scene_);
}

SceneView::~SceneView() { free_context(); }

void SceneView::free_context() {
  if (!has_context_) return;
  mjr_freeContext(&gl_);
  mjv_freeScene(&scene_);
  has_context_ = false;
}

void SceneView::prepare(std::shared_ptr<const mjModel> model, const SceneStyle& style) {
  const bool other_model = model != model_;
  if (!other_model && style == style_ && has_context_) return;
  free_context();
  if (other_model) {
    model_ = std::move(model);
    data_.reset(mj_makeData(model_.get()));
    scratch_.reset(mj_makeData(model_.get()));
  }
  make_context(style);
}

void SceneView::make_context(const SceneStyle& style) {
  style_ = style;
  const QualityLevel& q = quality_level(style.level);
  const ModelPtr own(mj_copyModel(nullptr, model_.get()));
  if (style.dark) darken(*own);
  own->vis.quality.offsamples = q.samples;
  own->vis.quality.shadowsize = std::max(q.shadow_size, 64);
  own->vis.global.offwidth = own->vis.global.offheight = 64;
  mjr_defaultContext(&gl_);
  mjv_defaultScene(&scene_);
  mjv_makeScene(model_.get(), &scene_, kMaxGeoms);
  mjr_makeContext(own.get(), &gl_, mjFONTSCALE_100);
  scene_.flags[mjRND_FOG] = 1;
  scene_.flags[mjRND_HAZE] = 0;
  scene_.flags[mjRND_SHADOW] = style.shadows && q.shadow_size > 0;
  has_context_ = true;
}

void SceneView::pose(const std::vector<double>& qpos, const std::vector<double>& mocap) {
  std::copy(qpos.begin(), qpos.end(), data_->qpos);
  std::copy(mocap.begin(), mocap.end(), data_->mocap_pos);
  mj_kinematics(model_.get(), data_.get());
  mj_camlight(model_.get(), data_.get());
}

void SceneView::draw(const PixelRect& rect, int window_height, const OrbitCamera& camera,
                     const Overlay& overlay) {
  const double scale = quality_level(style_.level).scale;
  const int width = std::max(16, static_cast<int>(std::lround(rect.width * scale)));
  const int height = std::max(16, static_cast<int>(std::lround(rect.height * scale)));
  if (gl_.offWidth != width || gl_.offHeight != height) mjr_resizeOffscreen(width, height, &gl_);
  mjvCamera view = camera.view();
  mjv_updateScene(model_.get(), data_.get(), &options_, nullptr, &view, mjCAT_ALL, &scene_);
  std::copy_n(data_->qpos, model_->nq, scratch_->qpos);
  add_overlay(*model_, *scratch_, overlay, scene_);
  light_scene(camera.focus(), scene_);
  if (camera.mode != CameraMode::kFirstPerson) fade_what_hides(camera.position(), camera.focus());
  mjr_setBuffer(mjFB_OFFSCREEN, &gl_);
  mjr_render({0, 0, width, height}, &scene_, &gl_);
  show(rect, window_height, width, height);
}

// Obstacles between the eye and whom it looks at become glass.
void SceneView::fade_what_hides(const Eigen::Vector3d& eye, const Eigen::Vector3d& focus) {
  const Eigen::Vector2d way = (focus - eye).head<2>();
  const double length = std::max(way.squaredNorm(), 1e-9);
  for (int g = 0; g < scene_.ngeom; ++g) {
    mjvGeom& geom = scene_.geoms[g];
    if (geom.objtype != mjOBJ_GEOM || geom.category != mjCAT_STATIC || geom.type == mjGEOM_PLANE) {
      continue;
    }
    const Eigen::Vector2d offset(geom.pos[0] - eye.x(), geom.pos[1] - eye.y());
    const double share = std::clamp(offset.dot(way) / length, 0.0, 1.0);
    const double aside = (offset - share * way).norm();
    const double reach = geom.type == mjGEOM_BOX ? std::hypot(geom.size[0], geom.size[1])
                                                 : static_cast<double>(geom.size[0]);
    const double sight = eye.z() + share * (focus.z() - eye.z());
    const double top = geom.pos[2] + geom.size[2];
    if (aside > reach + 0.3 || top < sight - 0.8 || offset.norm() > std::sqrt(length)) continue;
    geom.rgba[3] = 0.25F;
    geom.transparent = 1;
  }
}

// Resolves the samples, then stretches smoothly into the window.
void SceneView::show(const PixelRect& rect, int window_height, int width, int height) {
  const FramebufferCalls& call = framebuffer_calls();
  unsigned source = gl_.offFBO;
  glDisable(GL_SCISSOR_TEST);
  if (gl_.offSamples > 0) {
    call.bind(GL_READ_FRAMEBUFFER, gl_.offFBO);
    call.bind(GL_DRAW_FRAMEBUFFER, gl_.offFBO_r);
    call.blit(0, 0, width, height, 0, 0, width, height, GL_COLOR_BUFFER_BIT, GL_NEAREST);
    source = gl_.offFBO_r;
  }
  const int bottom = window_height - rect.y - rect.height;
  call.bind(GL_READ_FRAMEBUFFER, source);
  call.bind(GL_DRAW_FRAMEBUFFER, 0);
  call.blit(0, 0, width, height, rect.x, bottom, rect.x + rect.width, bottom + rect.height,
            GL_COLOR_BUFFER_BIT, GL_LINEAR);
  call.bind(GL_FRAMEBUFFER, 0);
  glDrawBuffer(GL_BACK);
  glReadBuffer(GL_BACK);
}

int SceneView::pick(const Ray& ray, Eigen::Vector3d& point) const {
  int geom = -1;
  const double distance = mj_ray(model_.get(), data_.get(), ray.from.data(), ray.direction.data(),
                                 nullptr, 1, -1, &geom, nullptr);
  if (geom < 0 || distance < 0) return -1;
  point = ray.from + distance * ray.direction;
  return model_->geom_bodyid[geom];
}

}  // namespace foresight
