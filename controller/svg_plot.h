// Small plots as SVG text: curves for reports, and paths seen from above.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/base/files.h"

namespace foresight {

struct PlotSeries {
  std::string name;
  std::vector<std::array<double, 2>> points;
  std::string colour = "";  // as in SVG; empty: one of the palette, in order
};

struct PlotOptions {
  std::string title, x_label, y_label;
  int width = 640, height = 360;  // px
  bool log_y = false;             // points with y <= 0 are left out
  bool equal_axes = false;        // one unit is as long in x as in y (paths)
};

/// An <svg> element with axes, ticks, a legend and one polyline per series. Points that are not
/// finite are left out; without any point the plot says "no data".
std::string svg_plot(const std::vector<PlotSeries>& series, const PlotOptions& options);

/// Columns of a CSV file as curves over its first column; empty when there is no file.
std::vector<PlotSeries> csv_curves(const fs::path& file, const std::vector<std::string>& columns);

/// A complete HTML page around a body.
std::string html_page(const std::string& title, const std::string& body);

/// Text with &, < and > escaped.
std::string html_escape(const std::string& text);

}  // namespace foresight
