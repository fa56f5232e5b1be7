#include "ui/pose_blend.h"

#include <algorithm>

namespace foresight {

void PoseBlend::add(const std::shared_ptr<const Snapshot>& snapshot) {
  if (last_ && last_->serial == snapshot->serial) return;
  // Snapshots without a step in between (an order was carried out) replace the last one.
  const bool stepped = !last_ || last_->step != snapshot->step;
  if (stepped) {
    before_ = last_;
    stepped_ = snapshot->made;
  }
  last_ = snapshot;
}

const std::vector<double>& PoseBlend::pose(std::chrono::steady_clock::time_point now,
                                           double period) {
  const bool apart = !before_ || before_->teleport != last_->teleport ||
                     before_->model != last_->model || last_->state != RunState::kRunning;
  if (apart) return last_->qpos;
  const double since = std::chrono::duration<double>(now - stepped_).count();
  const double share = std::clamp(since / period, 0.0, 1.0);
  velocity_.resize(last_->model->nv);
  blended_ = before_->qpos;
  mj_differentiatePos(last_->model.get(), velocity_.data(), 1, before_->qpos.data(),
                      last_->qpos.data());
  mj_integratePos(last_->model.get(), blended_.data(), velocity_.data(), share);
  return blended_;
}

}  // namespace foresight
