#include "controller/student/frame_history.h"

#include <algorithm>

#include "controller/features.h"
#include "controller/lookahead_controller.h"

namespace foresight {

FrameHistory::FrameHistory(StateLayout layout, int worlds, int frames, double dt)
    : layout_(std::move(layout)),
      frames_(frames),
      dt_(dt),
      origins_(worlds, Eigen::Vector2d::Zero()),
      raw_(torch::zeros({worlds, frames, layout_.raw.size()})) {}

void FrameHistory::write(int world, int frame, const BodyState& state) {
  const std::size_t width = layout_.raw.size();
  float* row = raw_.data_ptr<float>() + (static_cast<std::size_t>(world) * frames_ + frame) * width;
  write_raw_frame(state, origins_[world], {row, width});
}

void FrameHistory::start(int world, const BodyState& state) {
  origins_[world] = state.root_position.head<2>();
  for (int f = 0; f < frames_; ++f) {
    write(world, f, extrapolate_back(state, (frames_ - 1 - f) * dt_));
  }
}

void FrameHistory::push(int world, const BodyState& state) {
  const std::size_t width = layout_.raw.size(), size = frames_ * width;
  float* rows = raw_.data_ptr<float>() + world * size;
  std::copy(rows + width, rows + size, rows);
  write(world, frames_ - 1, state);
}

torch::Tensor FrameHistory::features() const {
  return window_features(layout_, raw_, frames_ - 1).flatten(1);
}

}  // namespace foresight
