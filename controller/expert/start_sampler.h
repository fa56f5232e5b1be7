// StartSampler: where training episodes start. What fails often is practised more.
#pragma once

#include <vector>

#include "controller/expert/reference_motion.h"
#include "sim/base/rng.h"

namespace foresight {

class StartSampler {
 public:
  /// Cuts the reference into bins of a second. `solved_weight` is the weight of a bin that never
  /// fails; one that fails at least every second time has that plus 0.5.
  StartSampler(const ReferenceMotion& reference, double solved_weight);

  struct Start {
    int clip = 0, frame = 0;  // frame of the reference
  };
  /// A frame up to a second before a drawn bin, so that the bin is entered in motion.
  Start draw(Rng& rng) const;

  int bin_of(int frame) const { return bin_of_frame_[frame]; }
  /// A bin was entered and left standing, or not. Call update() after the last of several.
  void add_outcome(int bin, bool failed);
  void update();

  /// Failure rate per bin, a moving average of its last ten or so outcomes.
  const std::vector<double>& failures() const { return failure_; }
  /// Ignores rates of another set of clips.
  void set_failures(const std::vector<double>& failures);

 private:
  const ReferenceMotion* reference_;
  double solved_weight_;
  std::vector<int> bin_of_frame_;  // per reference frame
  std::vector<int> begin_, clip_;  // per bin
  std::vector<double> failure_, cumulative_;
};

}  // namespace foresight
