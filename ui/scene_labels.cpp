#include "ui/scene_labels.h"

#include <algorithm>
#include <cmath>

#include "ui/widgets.h"

namespace foresight {
namespace {

void draw_text(const AppState& s, ImVec2 centre, const std::string& text) {
  ImDrawList& list = *ImGui::GetBackgroundDrawList();
  const ImVec2 size = ImGui::CalcTextSize(text.c_str());
  const ImVec2 low(centre.x - 0.5F * size.x, centre.y - 0.5F * size.y);
  const float pad = 4 * s.scale;
  list.AddRectFilled({low.x - pad, low.y - 0.5F * pad},
                     {low.x + size.x + pad, low.y + size.y + 0.5F * pad},
                     to_u32(s.colors().panel, 0.75F), pad);
  list.AddText(low, to_u32(s.colors().text), text.c_str());
}

double distance_of(const AppState& s, const Handle& handle) {
  if (s.selected >= static_cast<int>(s.shot->characters.size())) return 0;
  const Eigen::Vector3d& root = s.shot->characters[s.selected].root_position;
  return (handle.position - root).head<2>().norm();
}

// At the edge of the scene, pointing to what lies beyond it.
void draw_arrow(const AppState& s, const Handle& handle) {
  const PixelRect& r = s.scene_rect;
  const Eigen::Vector2d way = s.camera.direction_on_screen(handle.position);
  const double margin = 34 * s.scale;
  const double half_width = 0.5 * r.width - margin, half_height = 0.5 * r.height - margin;
  if (half_width < margin || half_height < margin) return;
  const double reach = std::min(half_width / std::max(std::abs(way.x()), 1e-6),
                                half_height / std::max(std::abs(way.y()), 1e-6));
  const Eigen::Vector2d tip(r.x + 0.5 * r.width + reach * way.x(),
                            r.y + 0.5 * r.height + reach * way.y());
  const Eigen::Vector2d side(-way.y(), way.x());
  const auto at = [&](double along, double across) {
    const Eigen::Vector2d p = tip + s.scale * (along * way + across * side);
    return ImVec2(static_cast<float>(p.x()), static_cast<float>(p.y()));
  };
  ImGui::GetBackgroundDrawList()->AddTriangleFilled(at(16, 0), at(2, -9), at(2, 9),
                                                    to_u32(s.colors().accent));
  const std::string text = format("%s %.1f m", handle.name.c_str(), distance_of(s, handle));
  const ImVec2 size = ImGui::CalcTextSize(text.c_str());
  const double back = 0.5 * (std::abs(way.x()) * size.x + std::abs(way.y()) * size.y) / s.scale + 6;
  draw_text(s, at(-back, 0), text);
}

}  // namespace

void draw_scene_labels(const AppState& s, const std::vector<Handle>& handles, int hot,
                       double fovy) {
  const PixelRect& r = s.scene_rect;
  for (std::size_t i = 0; i < handles.size(); ++i) {
    double x, y;
    const bool ahead = s.camera.project(handles[i].position, r.aspect(), fovy, x, y);
    if (!ahead || x < 0 || x > 1 || y < 0 || y > 1) {
      draw_arrow(s, handles[i]);
    } else if (static_cast<int>(i) == hot) {
      draw_text(s,
                {static_cast<float>(r.x + x * r.width),
                 static_cast<float>(r.y + y * r.height - 26 * s.scale)},
                format("%s (%.2f, %.2f) m", handles[i].name.c_str(), handles[i].position.x(),
                       handles[i].position.y()));
    }
  }
}

}  // namespace foresight
