#include "controller/student/sample_ring.h"

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {

SampleRing::SampleRing(int rounds, std::int64_t samples) : rounds_(rounds), samples_(samples) {}

void SampleRing::add(int round, const LabelledStates& samples) {
  FS_CHECK(samples.skills.size(0) == samples_);
  const std::int64_t slot = round % rounds_;
  const auto put = [&](torch::Tensor& all, const torch::Tensor& part) {
    if (!all.defined()) {
      auto shape = part.sizes().vec();
      shape[0] *= rounds_;
      all = torch::empty(shape, part.options());
    }
    all.narrow(0, slot * samples_, samples_).copy_(part);
  };
  put(all_.features, samples.features);
  put(all_.actions, samples.actions);
  put(all_.skills, samples.skills);
  filled_ = std::min<std::int64_t>(rounds_, filled_ + 1);
}

LabelledStates SampleRing::pick(const torch::Tensor& rows) const {
  return {all_.features.index_select(0, rows).to(torch::kFloat),
          all_.actions.index_select(0, rows).to(torch::kFloat),
          all_.skills.index_select(0, rows).to(torch::kLong)};
}

}  // namespace foresight
