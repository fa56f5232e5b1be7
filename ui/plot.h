// Small line plots.
#pragma once

#include <imgui.h>

#include <string>
#include <vector>

namespace foresight {

/// The last values of one quantity.
class Trace {
 public:
  explicit Trace(std::size_t capacity = 600) : capacity_(capacity) {}
  void add(float value);
  void clear() { values_.clear(); }
  const std::vector<float>& values() const { return values_; }
  float last() const { return values_.empty() ? 0 : values_.back(); }

 private:
  std::size_t capacity_;
  std::vector<float> values_;
};

struct PlotSeries {
  std::string name;
  const Trace* trace = nullptr;
  ImVec4 color;
};

struct PlotOptions {
  float height = 90;  // px
  std::string unit;
  float low = 0;       // lower end of the axis
  float high = 0;      // upper end; grows with the values when 0
  float line = -1;     // horizontal mark, e.g. a limit; negative: none
  int capacity = 600;  // values across the whole width
  ImVec4 background, grid, text;
};

/// Draws series over the same axis across the available width, values under the mouse as a tooltip.
void plot_lines(const char* id, const std::vector<PlotSeries>& series, const PlotOptions& options);

/// A round number at or above `value`: 1, 2 or 5 times a power of ten.
float nice_ceiling(float value);

}  // namespace foresight
