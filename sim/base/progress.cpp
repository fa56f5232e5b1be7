#include "sim/base/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "sim/base/clock.h"

namespace foresight {
namespace {

constexpr int kWidth = 28;

double seconds_between(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

}  // namespace

std::string format_seconds(double seconds) {
  const long s = std::max(0L, static_cast<long>(seconds + 0.5));
  char text[32];
  if (s >= 3600) {
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  } else {
    std::snprintf(text, sizeof(text), "%ld:%02ld", s / 60, s % 60);
  }
  return text;
}

ProgressBar::ProgressBar(std::string title, double total, bool quiet)
    : title_(std::move(title)),
      total_(std::max(total, 1e-9)),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      drawn_(start_) {}

ProgressBar::~ProgressBar() {
  if (done_ > first_) draw(note_, true);
}

void ProgressBar::resume_at(double done) { first_ = done_ = done; }

void ProgressBar::update(double done, const std::string& note) {
  done_ = done;
  note_ = note;
  const double interval = terminal_ ? 0.1 : 10.0;
  if (seconds_between(drawn_, Clock::now()) < interval) return;
  draw(note, false);
}

void ProgressBar::draw(const std::string& note, bool last) {
  drawn_ = Clock::now();
  if (quiet_) return;
  const double fraction = std::clamp(done_ / total_, 0.0, 1.0);
  const double elapsed = seconds_between(start_, drawn_);
  const double left = done_ > first_ ? elapsed * (total_ - done_) / (done_ - first_) : 0;
  std::string bar(static_cast<std::size_t>(fraction * kWidth), '#');
  bar.resize(kWidth, '.');
  std::fprintf(stderr, "%s%s [%s] %3.0f%%  %s, %s left  %s%s", terminal_ ? "\r\033[K" : "",
               title_.c_str(), bar.c_str(), 100 * fraction, format_seconds(elapsed).c_str(),
               format_seconds(left).c_str(), note.c_str(), terminal_ && !last ? "" : "\n");
}

}  // namespace foresight
