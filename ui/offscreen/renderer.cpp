#include "ui/offscreen/renderer.h"

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr int kMaxGeoms = 4000;

// Root body of the n-th character: the n-th body with a free joint; -1 when there is none.
int root_body(const mjModel& m, int which) {
  for (int j = 0; j < m.njnt; ++j) {
    if (m.jnt_type[j] == mjJNT_FREE && which-- == 0) return m.jnt_bodyid[j];
  }
  return -1;
}

mjvGeom* next_geom(mjvScene& scene) {
  return scene.ngeom < scene.maxgeom ? &scene.geoms[scene.ngeom] : nullptr;
}

void add_marker(const Marker& marker, mjvScene& scene) {
  mjvGeom* geom = next_geom(scene);
  if (geom == nullptr) return;
  const Eigen::Vector3d round = Eigen::Vector3d::Constant(marker.radius);
  const Eigen::Vector3d flat(marker.radius, 0.005, 0);  // as in a model: radius, half height
  switch (marker.shape) {
    case Marker::Shape::kSphere:
      mjv_initGeom(geom, mjGEOM_SPHERE, round.data(), marker.from.data(), nullptr,
                   marker.rgba.data());
      break;
    case Marker::Shape::kDisc:
      mjv_initGeom(geom, mjGEOM_CYLINDER, flat.data(), marker.from.data(), nullptr,
                   marker.rgba.data());
      break;
    default: {
      const mjtGeom type = marker.shape == Marker::Shape::kCapsule ? mjGEOM_CAPSULE
                           : marker.shape == Marker::Shape::kArrow ? mjGEOM_ARROW
                                                                   : mjGEOM_LINE;
      mjv_initGeom(geom, type, nullptr, nullptr, nullptr, marker.rgba.data());
      mjv_connector(geom, type, marker.radius, marker.from.data(), marker.to.data());
    }
  }
  geom->category = mjCAT_DECOR;
  geom->castshadow = 0;
  ++scene.ngeom;
}

void tint(const mjModel& m, const Ghost& ghost, int root, int first, mjvScene& scene) {
  int kept = first;
  for (int i = first; i < scene.ngeom; ++i) {
    mjvGeom& geom = scene.geoms[i];
    if (geom.objtype != mjOBJ_GEOM || m.body_rootid[m.geom_bodyid[geom.objid]] != root) continue;
    std::copy(ghost.rgba.data(), ghost.rgba.data() + 4, geom.rgba);
    geom.matid = geom.texid = -1;
    geom.transparent = ghost.rgba[3] < 0.999f;
    geom.castshadow = 0;
    geom.category = mjCAT_DECOR;
    scene.geoms[kept++] = geom;
  }
  scene.ngeom = kept;
}

void add_ghost(const mjModel& m, mjData& scratch, const Ghost& ghost, mjvScene& scene) {
  const int root = root_body(m, ghost.character);
  if (root < 0) return;
  const int address = m.jnt_qposadr[m.body_jntadr[root]];
  FS_CHECK(address + static_cast<int>(ghost.qpos.size()) <= m.nq);
  std::copy(ghost.qpos.begin(), ghost.qpos.end(), scratch.qpos + address);
  mj_kinematics(&m, &scratch);
  const mjvOption options = visual_options();
  const int first = scene.ngeom;
  mjv_addGeoms(&m, &scratch, &options, nullptr, mjCAT_DYNAMIC, &scene);
  tint(m, ghost, root, first, scene);
}

// Round shapes and shadows only as fine as a picture of this width shows.
ModelPtr drawing_model(const mjModel& model, int width, int samples) {
  ModelPtr drawn(mj_copyModel(nullptr, &model));
  auto& quality = drawn->vis.quality;
  quality.offsamples = samples;
  if (width > 800) return drawn;
  quality.numslices = std::min(quality.numslices, 14);
  quality.numstacks = std::min(quality.numstacks, 8);
  quality.shadowsize = std::min(quality.shadowsize, 512);
  return drawn;
}

}  // namespace

void add_overlay(const mjModel& model, mjData& scratch, const Overlay& overlay, mjvScene& scene) {
  for (const Ghost& ghost : overlay.ghosts) add_ghost(model, scratch, ghost, scene);
  for (const Marker& marker : overlay.markers) add_marker(marker, scene);
}

void light_scene(const Eigen::Vector3d& focus, mjvScene& scene) {
  for (int i = 0; i < scene.nlight; ++i) {
    mjvLight& light = scene.lights[i];
    if (light.type != mjLIGHT_DIRECTIONAL || light.headlight) continue;
    for (int k = 0; k < 3; ++k) light.pos[k] = static_cast<float>(focus[k]) - 8 * light.dir[k];
  }
  for (int g = 0; g < scene.ngeom; ++g) {
    if (scene.geoms[g].type == mjGEOM_PLANE) scene.geoms[g].castshadow = 0;
  }
}

mjvOption visual_options() {
  mjvOption options;
  mjv_defaultOption(&options);
  std::fill_n(options.sitegroup, mjNGROUP, mjtByte{0});
  return options;
}

OffscreenRenderer::OffscreenRenderer(const mjModel& model, int width, int height, int samples)
    : model_(model), width_(width), height_(height), options_(visual_options()) {
  FS_CHECK(width > 0 && height > 0);
  follow_body_ = root_body(model, 0);
  mjv_defaultScene(&scene_);
  mjr_defaultContext(&gl_);
  context_ = make_gl_context();
  drawn_.reset(mj_makeData(&model));
  scratch_.reset(mj_makeData(&model));
  mjv_makeScene(&model, &scene_, kMaxGeoms);
  scene_.flags[mjRND_FOG] = 1;
  scene_.flags[mjRND_HAZE] = 0;
  const ModelPtr drawn = drawing_model(model, width, samples);
  mjr_makeContext(drawn.get(), &gl_, mjFONTSCALE_100);
  mjr_resizeOffscreen(width, height, &gl_);
  mjr_setBuffer(mjFB_OFFSCREEN, &gl_);
  if (gl_.currentBuffer != mjFB_OFFSCREEN) {
    throw InputError("OpenGL (" + context_->kind() + ") offers no offscreen framebuffer");
  }
  image_ = {width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  flipped_.resize(image_.rgb.size());
}

OffscreenRenderer::~OffscreenRenderer() {
  context_->make_current();
  mjr_freeContext(&gl_);
  mjv_freeScene(&scene_);
}

mjvCamera OffscreenRenderer::place_camera(const mjData& data, double dt) {
  const double* root = data.xpos + 3 * std::max(follow_body_, 0);
  Eigen::Vector3d target(root[0], root[1], 0.85 * root[2]);
  const bool still = camera_.mode == Camera::Mode::kFixed ||
                     (camera_.mode == Camera::Mode::kTop && camera_.extent > 0);
  if (still || follow_body_ < 0) target = camera_.lookat;
  const Eigen::Vector3d focus = focus_.follow(target, dt, still ? 0 : camera_.smoothing);
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  camera.type = mjCAMERA_FREE;
  std::copy(focus.data(), focus.data() + 3, camera.lookat);
  const bool top = camera_.mode == Camera::Mode::kTop;
  camera.azimuth = top ? 90 : camera_.azimuth;
  camera.elevation = top ? -90 : camera_.elevation;
  camera.distance = camera_.distance;
  if (top) {
    const double half_angle = 0.5 * model_.vis.global.fovy * mjPI / 180;
    const double field = camera_.extent > 0 ? camera_.extent : 8.0;
    camera.distance = 0.5 * field / std::tan(half_angle);
  }
  return camera;
}

void OffscreenRenderer::read_image() {
  mjr_readPixels(flipped_.data(), nullptr, {0, 0, width_, height_}, &gl_);
  const std::size_t row = std::size_t{3} * width_;
  for (int y = 0; y < height_; ++y) {
    std::memcpy(image_.rgb.data() + (height_ - 1 - y) * row, flipped_.data() + y * row, row);
  }
}

const Image& OffscreenRenderer::render(const mjData& data, const Overlay& overlay, double dt) {
  context_->make_current();
  mjv_copyData(drawn_.get(), &model_, &data);
  mj_kinematics(&model_, drawn_.get());
  mj_camlight(&model_, drawn_.get());
  mjvCamera camera = place_camera(data, dt);
  mjv_updateScene(&model_, drawn_.get(), &options_, nullptr, &camera, mjCAT_ALL, &scene_);
  std::copy_n(data.qpos, model_.nq, scratch_->qpos);
  add_overlay(model_, *scratch_, overlay, scene_);
  light_scene(focus_.position(), scene_);
  mjr_setBuffer(mjFB_OFFSCREEN, &gl_);
  const mjrRect view{0, 0, width_, height_};
  mjr_render(view, &scene_, &gl_);
  if (!overlay.caption.empty()) {
    mjr_overlay(mjFONT_NORMAL, mjGRID_TOPLEFT, view, overlay.caption.c_str(), nullptr, &gl_);
  }
  read_image();
  return image_;
}

std::unique_ptr<OffscreenRenderer> make_renderer(const mjModel& model, int width, int height,
                                                 int samples) {
  return std::make_unique<OffscreenRenderer>(model, width, height, samples);
}

}  // namespace foresight
