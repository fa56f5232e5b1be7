// SampleRing: the labelled states of the last rounds, in bounded memory.
#pragma once

#include "controller/student/dagger_round.h"

namespace foresight {

class SampleRing {
 public:
  /// Room for `rounds` rounds of `samples` samples each.
  SampleRing(int rounds, std::int64_t samples);

  int rounds() const { return rounds_; }
  std::int64_t size() const { return filled_ * samples_; }

  /// Puts round number `round` in the place of the one `rounds()` before it.
  void add(int round, const LabelledStates& samples);

  /// The samples at `rows` [B] int64 below size(): float32, skills int64.
  LabelledStates pick(const torch::Tensor& rows) const;

 private:
  int rounds_;
  std::int64_t samples_;
  std::int64_t filled_ = 0;  // rounds
  LabelledStates all_;
};

}  // namespace foresight
