// Where everything goes.

#include <algorithm>

#include "ui/panels/panels.h"

namespace foresight {

Layout make_layout(int width, int height, float scale, bool show_task, bool show_inspector) {
  const auto px = [scale](double value) { return static_cast<int>(value * scale); };
  const int top = px(40), bottom = px(62);
  const int column = std::clamp(static_cast<int>(0.235 * width), px(210), px(330));
  const int left = show_task ? column : 0;
  // In a narrow window the scene keeps at least a third.
  const bool fits = width - left - column > width / 3;
  const int right = show_inspector && fits ? column : 0;
  Layout l;
  l.top = {0, 0, width, top};
  l.timeline = {0, height - bottom, width, bottom};
  const int middle = std::max(height - top - bottom, 16);
  l.task = {0, top, left, middle};
  l.inspector = {width - right, top, right, middle};
  l.scene = {left, top, std::max(width - left - right, 16), middle};
  return l;
}

}  // namespace foresight
