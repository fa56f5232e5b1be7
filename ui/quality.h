// Picture quality: levels from plain to fine, chosen by how long pictures take.
#pragma once

#include <string>

namespace foresight {

struct QualityLevel {
  const char* name;
  double scale;     // share of the resolution, per side
  int samples;      // per pixel
  int shadow_size;  // of the shadow map; 0: no shadows
  int frame_limit;  // pictures per second, at most
  bool all_ghosts;  // false: fewer ghosts
};

/// Levels 0 (plain) to kQualityLevels - 1 (fine).
inline constexpr int kQualityLevels = 5;
const QualityLevel& quality_level(int level);

/// What the level does without, for the status line; empty at the finest.
std::string quality_note(int level);

/// Chooses a level from the time that pictures take. Goes down at once when they are too slow, up
/// only after a long time that would have allowed it.
class QualityGovernor {
 public:
  explicit QualityGovernor(bool software_rendering) : level_(software_rendering ? 1 : 4) {}

  int level() const { return level_; }
  /// `work` is what the last picture took to draw (s), `now` any clock (s). `busy` says that the
  /// planner or physics fell behind, which drawing must make room for. True when the level changed.
  bool note(double work, double now, bool busy);

 private:
  int level_;
  int cap_ = kQualityLevels - 1;  // highest level that has not proved too slow
  double average_ = 0;
  double changed_ = -1e9, busy_ = -1e9;
};

}  // namespace foresight
