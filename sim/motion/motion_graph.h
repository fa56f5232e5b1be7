// Motion graph (Kovar, Gleicher, Pighin 2002, simplified): long clips chained from short ones by
// cross fades between frames that look and move alike.
#pragma once

#include <optional>
#include <vector>

#include "sim/base/rng.h"
#include "sim/motion/clip.h"

namespace foresight {

struct MotionGraphConfig {
  double max_distance = 0.13;  // m, root mean square over key points; velocities count 0.15 s
  int fade = 8;                // frames
  int min_piece = 20;          // frames, shortest stretch of one clip
  double early_exit = 0.3;     // chance to leave a clip before its end
};

class MotionGraph {
 public:
  /// Clips, normally with their mirror images, all at one rate.
  MotionGraph(const Character& character, std::vector<Clip> clips, MotionGraphConfig config = {});

  /// A clip of about `seconds` that starts at a random clip. Shorter when no continuation fits;
  /// nullopt when even the first piece is shorter than 2 seconds.
  std::optional<Clip> chain(double seconds, Rng& rng) const;

 private:
  struct Entry {
    int clip = 0, frame = 0;
  };

  void add_features(const Clip& clip);
  std::optional<Entry> next_entry(int clip, int frame, Rng& rng) const;
  int first_column(int clip) const { return begin_[clip]; }

  const Character& character_;
  MotionGraphConfig config_;
  std::vector<Clip> clips_;
  std::vector<int> begin_;    // per clip, first column of features_
  std::vector<Entry> owner_;  // per column
  Eigen::MatrixXf features_;  // one column per frame
};

}  // namespace foresight
