#include "ui/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace foresight {
namespace {

struct Area {
  ImVec2 low, high;   // px, top left and bottom right
  float bottom, top;  // axis
  int capacity;

  float y(float value) const {
    const float share = std::clamp((value - bottom) / std::max(top - bottom, 1e-9F), 0.0F, 1.0F);
    return high.y - share * (high.y - low.y);
  }
  float x(std::size_t i, std::size_t count) const {
    const float from_right = static_cast<float>(count - 1 - i) / static_cast<float>(capacity - 1);
    return high.x - from_right * (high.x - low.x);
  }
};

float highest(const std::vector<PlotSeries>& series, float line) {
  float top = std::max(line, 1e-6F);
  for (const PlotSeries& s : series) {
    for (const float v : s.trace->values()) {
      if (std::isfinite(v)) top = std::max(top, v);
    }
  }
  return top;
}

void draw_series(const PlotSeries& s, const Area& area, ImDrawList& list) {
  const std::vector<float>& values = s.trace->values();
  std::vector<ImVec2> points;
  points.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    points.push_back({area.x(i, values.size()), area.y(values[i])});
  }
  list.AddPolyline(points.data(), static_cast<int>(points.size()),
                   ImGui::ColorConvertFloat4ToU32(s.color), 0, 1.5F);
}

void draw_legend(const std::vector<PlotSeries>& series, const Area& area, const PlotOptions& o,
                 ImDrawList& list) {
  float x = area.low.x + 6;
  for (const PlotSeries& s : series) {
    if (s.name.empty()) continue;
    list.AddText({x, area.low.y + 2}, ImGui::ColorConvertFloat4ToU32(s.color), s.name.c_str());
    x += ImGui::CalcTextSize(s.name.c_str()).x + 10;
  }
  char text[48];
  std::snprintf(text, sizeof(text), "%.4g %s", area.top, o.unit.c_str());
  const float width = ImGui::CalcTextSize(text).x;
  list.AddText({area.high.x - width - 4, area.low.y + 2}, ImGui::ColorConvertFloat4ToU32(o.text),
               text);
}

void tooltip(const std::vector<PlotSeries>& series, const Area& area, const PlotOptions& o) {
  if (!ImGui::IsItemHovered()) return;
  const float share = (area.high.x - ImGui::GetIO().MousePos.x) / (area.high.x - area.low.x);
  const auto back = static_cast<std::size_t>(std::max(0.0F, share * (area.capacity - 1)));
  ImGui::BeginTooltip();
  for (const PlotSeries& s : series) {
    const auto& v = s.trace->values();
    if (back >= v.size()) continue;
    ImGui::TextColored(s.color, "%s %.4g %s", s.name.c_str(), v[v.size() - 1 - back],
                       o.unit.c_str());
  }
  ImGui::EndTooltip();
}

}  // namespace

void Trace::add(float value) {
  values_.push_back(value);
  if (values_.size() > capacity_) values_.erase(values_.begin());
}

float nice_ceiling(float value) {
  if (!(value > 0)) return 1;
  const float power = std::pow(10.0F, std::floor(std::log10(value)));
  for (const float factor : {1.0F, 2.0F, 5.0F}) {
    if (factor * power >= value * 0.9999F) return factor * power;
  }
  return 10 * power;
}

void plot_lines(const char* id, const std::vector<PlotSeries>& series, const PlotOptions& o) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const ImVec2 size(std::max(ImGui::GetContentRegionAvail().x, 20.0F), o.height);
  ImGui::InvisibleButton(id, size);
  const float top = o.high > 0 ? o.high : nice_ceiling(highest(series, o.line));
  const Area area{low, {low.x + size.x, low.y + size.y}, o.low, top, o.capacity};
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(area.low, area.high, ImGui::ColorConvertFloat4ToU32(o.background), 4);
  list.PushClipRect(area.low, area.high, true);
  for (const float share : {0.25F, 0.5F, 0.75F}) {
    const float y = area.y(o.low + share * (top - o.low));
    list.AddLine({area.low.x, y}, {area.high.x, y}, ImGui::ColorConvertFloat4ToU32(o.grid));
  }
  if (o.line >= 0) {
    list.AddLine({area.low.x, area.y(o.line)}, {area.high.x, area.y(o.line)},
                 ImGui::ColorConvertFloat4ToU32(o.text));
  }
  for (const PlotSeries& s : series) draw_series(s, area, list);
  draw_legend(series, area, o, list);
  list.PopClipRect();
  tooltip(series, area, o);
}

}  // namespace foresight
