#include "ui/quality.h"

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr QualityLevel kLevels[kQualityLevels] = {{"minimal", 0.5, 0, 0, 20, false},
                                                  {"low", 0.6, 0, 512, 25, false},
                                                  {"medium", 0.75, 0, 1024, 30, true},
                                                  {"high", 1.0, 0, 2048, 60, true},
                                                  {"full", 1.0, 4, 4096, 240, true}};
constexpr double kSlow = 0.85, kFast = 0.35;    // of the time that a picture may take
constexpr double kSettle = 1.5, kPatience = 6;  // s

}  // namespace

const QualityLevel& quality_level(int level) {
  FS_CHECK(level >= 0 && level < kQualityLevels);
  return kLevels[level];
}

std::string quality_note(int level) {
  const QualityLevel& q = quality_level(level);
  std::string note;
  const auto add = [&note](const std::string& text) { note += (note.empty() ? "" : ", ") + text; };
  if (q.scale < 1) add(std::to_string(static_cast<int>(100 * q.scale)) + " % resolution");
  if (q.shadow_size == 0) add("no shadows");
  if (q.shadow_size > 0 && q.shadow_size < 2048) add("coarse shadows");
  if (q.samples == 0 && q.scale >= 1) add("no smoothing");
  if (q.frame_limit < 60) add("at most " + std::to_string(q.frame_limit) + " fps");
  return note;
}

bool QualityGovernor::note(double work, double now, bool busy) {
  average_ = average_ == 0 ? work : average_ + 0.1 * (work - average_);
  if (busy) busy_ = now;
  const double budget = 1.0 / std::min(kLevels[level_].frame_limit, 60);
  const double since = now - changed_;
  const bool slow = average_ > kSlow * budget || busy;
  int next = level_;
  if (slow && since > kSettle) {
    next = std::max(0, level_ - 1);
    cap_ = next;
  } else if (average_ < kFast * budget && since > kPatience && now - busy_ > kPatience) {
    next = std::min(cap_, level_ + 1);
  }
  if (next == level_) return false;
  level_ = next;
  changed_ = now;
  average_ = 0;
  return true;
}

}  // namespace foresight
