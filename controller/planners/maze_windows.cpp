#include "controller/planners/maze_windows.h"

#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {

MazeWindows::MazeWindows(const MazeData& data, const std::vector<MazeSegment>& segments, int frames,
                         int stride)
    : frames_(frames), stride_(stride) {
  FS_CHECK(frames >= 2 && stride >= 1);
  const auto table = [&](const std::vector<float>& values, std::int64_t width) {
    return torch::tensor(at::ArrayRef<float>(values)).view({data.rows(), width});
  };
  rows_ = torch::cat({table(data.actions, 2), table(data.observations, 4)}, 1);
  const std::int64_t span = std::int64_t{frames - 1} * stride;
  for (const MazeSegment& segment : segments) {
    for (std::int64_t t = 0; t + span < segment.count; ++t) starts_.push_back(segment.first + t);
  }
  if (starts_.empty()) {
    throw InputError("no stretch of the maze data is " + std::to_string(span + 1) +
                     " steps long: generate more, or train with a shorter horizon");
  }
}

torch::Tensor MazeWindows::draw(int batch, int frames, std::uint64_t seed,
                                std::int64_t step) const {
  FS_CHECK(frames <= frames_);
  Rng rng{random_key(seed, step, 31)};
  const int slack = (frames_ - frames) * stride_;
  std::vector<std::int64_t> chosen(batch);
  for (auto& start : chosen) {
    start = starts_[rng.index(static_cast<int>(starts_.size()))];
    if (slack > 0) start += rng.index(slack + 1);
  }
  return torch::tensor(chosen);
}

torch::Tensor MazeWindows::cut(const torch::Tensor& starts, int frames) const {
  const auto offsets = torch::arange(frames, torch::kLong) * stride_;
  const auto index = (starts.unsqueeze(1) + offsets).flatten();
  return rows_.index_select(0, index).view({starts.size(0), frames, kMazeChannels});
}

Scaling limits_of(const torch::Tensor& rows) {
  return make_scaling(std::get<0>(rows.min(0)), std::get<0>(rows.max(0)));
}

torch::Tensor to_unit(const Scaling& scaling, const torch::Tensor& physical) {
  return (physical - scaling.centre) / scaling.half;
}

torch::Tensor to_physical(const Scaling& scaling, const torch::Tensor& unit) {
  return unit * scaling.half + scaling.centre;
}

}  // namespace foresight
