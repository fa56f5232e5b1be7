#include "controller/expert/start_sampler.h"

#include <algorithm>

namespace foresight {
namespace {

constexpr int kBinFrames = 30;
constexpr double kNewest = 0.1;  // weight of a new outcome in a bin's moving average
// Bins that fail more often than this may be out of reach: they get no more than their share.
constexpr double kHardest = 0.5;
constexpr int kMinFrames = 10;  // left of the clip at the start

}  // namespace

StartSampler::StartSampler(const ReferenceMotion& reference, double solved_weight)
    : reference_(&reference), solved_weight_(solved_weight), bin_of_frame_(reference.frames()) {
  for (std::size_t c = 0; c < reference.clips.size(); ++c) {
    const ReferenceClip& clip = reference.clips[c];
    for (int f = 0; f < clip.frames; ++f) {
      if (f % kBinFrames == 0) {
        begin_.push_back(clip.begin + f);
        clip_.push_back(static_cast<int>(c));
      }
      bin_of_frame_[clip.begin + f] = static_cast<int>(begin_.size()) - 1;
    }
  }
  failure_.assign(begin_.size(), kHardest);
  cumulative_.resize(begin_.size());
  update();
}

StartSampler::Start StartSampler::draw(Rng& rng) const {
  const double at = rng.uniform() * cumulative_.back();
  const auto bin =
      std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, at) - cumulative_.begin();
  const ReferenceClip& clip = reference_->clips[clip_[bin]];
  const int frame = begin_[bin] + rng.index(2 * kBinFrames) - kBinFrames;
  const int last = std::max(clip.begin, clip.begin + clip.frames - 1 - kMinFrames);
  return {clip_[bin], std::clamp(frame, clip.begin, last)};
}

void StartSampler::add_outcome(int bin, bool failed) {
  failure_[bin] += kNewest * ((failed ? 1.0 : 0.0) - failure_[bin]);
}

void StartSampler::update() {
  double sum = 0;
  for (std::size_t b = 0; b < failure_.size(); ++b) {
    sum += solved_weight_ + std::min(failure_[b], kHardest);
    cumulative_[b] = sum;
  }
}

void StartSampler::set_failures(const std::vector<double>& failures) {
  if (failures.size() != failure_.size()) return;
  failure_ = failures;
  update();
}

}  // namespace foresight
