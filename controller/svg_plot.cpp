#include "controller/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <sstream>

namespace foresight {
namespace {

constexpr double kLeft = 64, kRight = 16, kTop = 34, kBottom = 44;  // px
constexpr std::array<const char*, 8> kColours = {"#2f6db5", "#d9622b", "#3a9a5b", "#9a4fb0",
                                                 "#b8912a", "#4aa3b5", "#c0446c", "#666666"};

std::string number(double v, const char* format = "%.4g") {
  char text[32];
  std::snprintf(text, sizeof(text), format, v);
  return text;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  void widen() {
    if (high - low < 1e-9) {
      low -= 0.5;
      high += 0.5;
    }
  }
};

struct Axes {
  PlotOptions options;
  Range x, y;

  double inner_width() const { return options.width - kLeft - kRight; }
  double inner_height() const { return options.height - kTop - kBottom; }
  double px(double v) const { return kLeft + (v - x.low) / (x.high - x.low) * inner_width(); }
  double py(double v) const {
    return options.height - kBottom - (v - y.low) / (y.high - y.low) * inner_height();
  }
};

// Value as plotted (log10 where asked), or nothing when it cannot be.
std::optional<std::array<double, 2>> plotted(const std::array<double, 2>& p, bool log_y) {
  if (!std::isfinite(p[0]) || !std::isfinite(p[1]) || (log_y && p[1] <= 0)) return {};
  return std::array<double, 2>{p[0], log_y ? std::log10(p[1]) : p[1]};
}

void equalise(Axes& a) {
  const double x_unit = (a.x.high - a.x.low) / a.inner_width();
  const double y_unit = (a.y.high - a.y.low) / a.inner_height();
  Range& tight = x_unit < y_unit ? a.x : a.y;
  const double length =
      std::max(x_unit, y_unit) * (&tight == &a.x ? a.inner_width() : a.inner_height());
  const double middle = 0.5 * (tight.low + tight.high);
  tight = {middle - 0.5 * length, middle + 0.5 * length};
}

bool fit(Axes& a, const std::vector<PlotSeries>& series) {
  for (const PlotSeries& s : series) {
    for (const auto& p : s.points) {
      if (const auto v = plotted(p, a.options.log_y)) {
        a.x.add((*v)[0]);
        a.y.add((*v)[1]);
      }
    }
  }
  if (a.x.low > a.x.high) return false;
  a.x.widen();
  a.y.widen();
  if (a.options.equal_axes) equalise(a);
  return true;
}

double tick_step(const Range& range) {
  const double raw = (range.high - range.low) / 5, base = std::pow(10, std::floor(std::log10(raw)));
  for (const double m : {1.0, 2.0, 5.0}) {
    if (m * base >= raw) return m * base;
  }
  return 10 * base;
}

std::string text(double x, double y, const char* anchor, const std::string& what) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         html_escape(what) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\" stroke=\"" + colour + "\"/>\n";
}

std::string draw_axes(const Axes& a) {
  const double bottom = a.options.height - kBottom, right = a.options.width - kRight;
  std::string out;
  const double sx = tick_step(a.x), sy = tick_step(a.y);
  for (double v = std::ceil(a.x.low / sx) * sx; v <= a.x.high; v += sx) {
    out += line(a.px(v), kTop, a.px(v), bottom, "#e4e4e4");
    out += text(a.px(v), bottom + 16, "middle", number(std::abs(v) < 1e-12 ? 0 : v));
  }
  for (double v = std::ceil(a.y.low / sy) * sy; v <= a.y.high; v += sy) {
    const double shown = a.options.log_y ? std::pow(10, v) : v;
    out += line(kLeft, a.py(v), right, a.py(v), "#e4e4e4");
    out += text(kLeft - 6, a.py(v) + 4, "end", number(std::abs(shown) < 1e-12 ? 0 : shown, "%.3g"));
  }
  out += line(kLeft, bottom, right, bottom, "#444") + line(kLeft, kTop, kLeft, bottom, "#444");
  out += text(a.options.width / 2.0, a.options.height - 8, "middle", a.options.x_label);
  out += text(kLeft - 50, kTop - 8, "start", a.options.y_label);
  return out;
}

std::string draw_series(const Axes& a, const PlotSeries& series, std::size_t index) {
  const std::string colour =
      series.colour.empty() ? kColours[index % kColours.size()] : series.colour;
  std::string points;
  for (const auto& p : series.points) {
    if (const auto v = plotted(p, a.options.log_y)) {
      points += number(a.px((*v)[0]), "%.1f") + "," + number(a.py((*v)[1]), "%.1f") + " ";
    }
  }
  std::string out = "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"" + colour +
                    "\" points=\"" + points + "\"/>\n";
  if (!series.name.empty()) {
    const double y = kTop + 12 + 15.0 * static_cast<double>(index);
    out += "<g fill=\"" + colour + "\">" +
           text(a.options.width - kRight - 6, y, "end", series.name) + "</g>\n";
  }
  return out;
}

}  // namespace

std::string svg_plot(const std::vector<PlotSeries>& series, const PlotOptions& options) {
  Axes axes{options, {}, {}};
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
                    std::to_string(options.width) + "\" height=\"" +
                    std::to_string(options.height) +
                    "\" font-family=\"sans-serif\" font-size=\"11\">\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  out += "<g font-size=\"13\" font-weight=\"bold\">" +
         text(options.width / 2.0, 18, "middle", options.title) + "</g>\n";
  if (!fit(axes, series)) {
    return out + text(options.width / 2.0, options.height / 2.0, "middle", "no data") + "</svg>\n";
  }
  out += draw_axes(axes);
  for (std::size_t i = 0; i < series.size(); ++i) out += draw_series(axes, series[i], i);
  return out + "</svg>\n";
}

std::vector<PlotSeries> csv_curves(const fs::path& file, const std::vector<std::string>& columns) {
  std::vector<PlotSeries> series;
  if (!fs::exists(file)) return series;
  std::istringstream rows(read_file(file));
  std::string row, cell;
  std::vector<std::string> header;
  std::getline(rows, row);
  for (std::istringstream cells(row); std::getline(cells, cell, ',');) header.push_back(cell);
  for (const std::string& name : columns) series.push_back({name, {}});
  while (std::getline(rows, row)) {
    std::vector<double> values;
    for (std::istringstream cells(row); std::getline(cells, cell, ',');) {
      values.push_back(std::atof(cell.c_str()));
    }
    for (PlotSeries& s : series) {
      const auto at = std::find(header.begin(), header.end(), s.name) - header.begin();
      if (at < std::ssize(values)) s.points.push_back({values[0], values[at]});
    }
  }
  return series;
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
         html_escape(title) +
         "</title><style>body{font-family:sans-serif;margin:2em;max-width:75em}"
         "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:3px 8px;"
         "text-align:right}</style></head>\n<body><h1>" +
         html_escape(title) + "</h1>\n" + body + "</body></html>\n";
}

std::string html_escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace foresight
