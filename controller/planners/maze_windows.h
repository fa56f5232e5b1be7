// Training windows of maze demonstrations: trajectories [B, frames, 6] of
// (ax, ay, x, y, vx, vy), a frame every `stride` steps of 0.01 s.
#pragma once

#include <cstdint>
#include <vector>

#include "models/normaliser.h"
#include "models/torch.h"
#include "sim/maze/maze_data.h"

namespace foresight {

inline constexpr int kMazeChannels = 6, kMazeActionChannels = 2;

/// Rows of all segments as one tensor, and where windows may start.
class MazeWindows {
 public:
  /// Windows of up to `frames` frames lie within one segment.
  MazeWindows(const MazeData& data, const std::vector<MazeSegment>& segments, int frames,
              int stride);

  /// Number of windows of the longest length. Throws InputError in the constructor when it is 0.
  std::int64_t count() const { return static_cast<std::int64_t>(starts_.size()); }

  /// Rows at which `batch` windows of `frames` frames start, drawn from the key (seed, step). Short
  /// windows reach as far as the segments do: they lie anywhere in the long ones.
  torch::Tensor draw(int batch, int frames, std::uint64_t seed, std::int64_t step) const;

  /// Windows [B, frames, 6] in physical units that start at `starts` [B].
  torch::Tensor cut(const torch::Tensor& starts, int frames) const;

  /// All rows [N, 6].
  const torch::Tensor& rows() const { return rows_; }
  int stride() const { return stride_; }

 private:
  torch::Tensor rows_;
  std::vector<std::int64_t> starts_;
  int frames_, stride_;
};

/// Limits [-1, 1] of the data (no quantiles), as Diffuser normalises.
Scaling limits_of(const torch::Tensor& rows);

torch::Tensor to_unit(const Scaling& scaling, const torch::Tensor& physical);
torch::Tensor to_physical(const Scaling& scaling, const torch::Tensor& unit);

}  // namespace foresight
