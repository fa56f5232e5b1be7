#include "ui/clip_view.h"

#include <algorithm>
#include <cmath>

namespace foresight {
namespace {

constexpr double kApart = 0.9;  // m from the middle

}  // namespace

void ClipView::advance(double dt) {
  if (!playing) return;
  time += dt;
  if (time > imported->clip.seconds()) time = 0;
}

void ClipView::add(const Eigen::Vector2d& place, Overlay& overlay) const {
  if (!shown) return;
  const Clip& clip = imported->clip;
  const SourceMotion& source = imported->source;
  const int frame = std::clamp(static_cast<int>(time * clip.fps), 0, clip.frames() - 1);
  const Eigen::Vector2d start = clip.qpos.col(0).head<2>();
  Ghost ghost;
  ghost.qpos.assign(clip.qpos.col(frame).data(), clip.qpos.col(frame).data() + clip.qpos.rows());
  ghost.qpos[0] += place.x() - start.x();
  ghost.qpos[1] += place.y() - start.y() - kApart;
  ghost.rgba = {0.33F, 0.75F, 0.54F, 0.75F};
  overlay.ghosts.push_back(ghost);
  const int shown_frame =
      std::clamp(static_cast<int>(time * source.fps), 0, std::max(source.frames() - 1, 0));
  const double scale = imported->report.scale;
  const Eigen::Vector2d source_start = scale * source.at(0, "pelvis").head<2>();
  const auto at = [&](int joint) {
    Eigen::Vector3d p = scale * source.positions[shown_frame].col(joint);
    p.head<2>() += place - source_start + Eigen::Vector2d(0, kApart);
    p.z() += imported->report.floor_shift[frame];
    return p;
  };
  const Eigen::Vector4f color{0.91F, 0.73F, 0.29F, 1};
  for (const auto& [a, b] : bones) {
    overlay.markers.push_back({Marker::Shape::kCapsule, at(a), at(b), 0.022, color});
  }
}

}  // namespace foresight
