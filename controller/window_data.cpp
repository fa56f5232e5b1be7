#include "controller/window_data.h"

#include <algorithm>
#include <array>
#include <map>

#include "controller/features.h"
#include "models/torch.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kSpeedBin = 0.3, kTurnBin = 0.4;  // m/s, rad/s

double yaw_at(const RolloutSet& set, std::int64_t row) {
  const float* q = set.frames.data() + row * set.layout.size() + RawLayout::root_rotation;
  return yaw_of(Quaterniond(q[0], q[1], q[2], q[3]));
}

// Mean heading-frame velocity and turning rate from now to the last frame, in bins.
std::array<int, 3> motion_bin(const RolloutSet& set, std::int64_t now, int future) {
  const float* a = set.frames.data() + now * set.layout.size();
  const float* b = a + std::int64_t{future} * set.layout.size();
  const double seconds = future / set.control_hz, yaw = yaw_at(set, now);
  const double dx = (b[0] - a[0]) / seconds, dy = (b[1] - a[1]) / seconds;
  const double turned = std::remainder(yaw_at(set, now + future) - yaw, 2 * std::numbers::pi);
  const double forward = std::cos(yaw) * dx + std::sin(yaw) * dy;
  const double left = -std::sin(yaw) * dx + std::cos(yaw) * dy;
  return {static_cast<int>(std::lround(forward / kSpeedBin)),
          static_cast<int>(std::lround(left / kSpeedBin)),
          static_cast<int>(std::lround(turned / seconds / kTurnBin))};
}

void set_shares(WindowIndex& index, double balance) {
  double sum = 0;
  for (const WindowBin& bin : index.bins) {
    sum += std::pow(static_cast<double>(bin.starts.size()), balance);
    index.cumulative.push_back(sum);
    index.training_windows += static_cast<std::int64_t>(bin.starts.size());
  }
  for (double& share : index.cumulative) share /= sum;
}

// Rows first, first + stride, ... of `count` frames for each start.
torch::Tensor gather(const torch::Tensor& data, const torch::Tensor& starts, int count,
                     int stride = 1) {
  const auto rows = starts.unsqueeze(1) + stride * torch::arange(count, starts.options());
  return data.index_select(0, rows.flatten()).view({starts.size(0), count, data.size(1)});
}

torch::Tensor on_device(const std::vector<float>& values, int width, const torch::Device& device) {
  auto* memory = const_cast<float*>(values.data());  // read only, but from_blob wants it so
  const auto rows = static_cast<std::int64_t>(values.size()) / width;
  return torch::from_blob(memory, {rows, width}, torch::kFloat).to(device);
}

torch::Tensor rows_tensor(const std::vector<std::int32_t>& rows, const torch::Device& device) {
  const std::vector<std::int64_t> wide(rows.begin(), rows.end());
  return torch::tensor(wide, torch::kLong).to(device);
}

torch::Tensor mirror_half(const torch::Tensor& x,
                          torch::Tensor (*mirror)(const StateLayout&, const torch::Tensor&),
                          const StateLayout& layout) {
  const auto half = x.size(0) / 2;
  return torch::cat(
      {x.narrow(0, 0, x.size(0) - half), mirror(layout, x.narrow(0, x.size(0) - half, half))});
}

}  // namespace

WindowIndex index_windows(const RolloutSet& set, const WindowShape& shape, double balance,
                          double heldout, std::uint64_t seed) {
  WindowIndex index;
  std::map<std::pair<std::string, std::array<int, 3>>, WindowBin> bins;
  for (std::size_t e = 0; e < set.episodes.size(); ++e) {
    const RolloutEpisode& episode = set.episodes[e];
    const bool held = is_held_out(e, heldout, seed);
    for (int s = 0; s + shape.frames() <= episode.steps; ++s) {
      if (pushed_within(episode, s + shape.now() + 1, s + shape.frames() - 1)) continue;
      const auto start = static_cast<std::int32_t>(episode.first + s);
      if (held) {
        index.validation.push_back(start);
        continue;
      }
      const auto motion = motion_bin(set, start + shape.now(), shape.future);
      bins[{set.clips[episode.clip].category, motion}].starts.push_back(start);
    }
  }
  if (bins.empty()) {
    throw InputError("the rollouts have no episode of at least " + std::to_string(shape.frames()) +
                     " steps: nothing to train on");
  }
  for (auto& [key, bin] : bins) index.bins.push_back(std::move(bin));
  set_shares(index, balance);
  return index;
}

std::vector<std::int32_t> draw_windows(const WindowIndex& index, int count, std::uint64_t seed,
                                       std::int64_t step) {
  Rng rng{random_key(seed, step, 0x77696e)};
  std::vector<std::int32_t> starts(count);
  for (std::int32_t& start : starts) {
    const auto found =
        std::upper_bound(index.cumulative.begin(), index.cumulative.end(), rng.uniform());
    const auto bin = std::min<std::ptrdiff_t>(found - index.cumulative.begin(),
                                              std::ssize(index.cumulative) - 1);
    const auto& choices = index.bins[bin].starts;
    start = choices[rng.index(static_cast<int>(choices.size()))];
  }
  return starts;
}

WindowData::WindowData(const RolloutSet& set, const StateLayout& layout, const WindowShape& shape,
                       const torch::Device& device)
    : layout_(layout),
      shape_(shape),
      device_(device),
      frames_(on_device(set.frames, set.layout.size(), device)),
      action_(on_device(set.action, set.nu, device)),
      executed_(on_device(set.executed, set.nu, device)) {}

PhysicalWindows WindowData::cut(const std::vector<std::int32_t>& starts, bool mirror) const {
  const auto rows = rows_tensor(starts, device_);
  auto raw = gather(frames_, rows, shape_.frames());
  PhysicalWindows windows;
  windows.actions = gather(action_, rows, shape_.action_frames);
  windows.executed = gather(executed_, rows, shape_.now());
  if (mirror) {
    raw = mirror_half(raw, mirror_raw, layout_);
    windows.actions = mirror_half(windows.actions, mirror_actions, layout_);
    windows.executed = mirror_half(windows.executed, mirror_actions, layout_);
  }
  windows.states = window_features(layout_, raw, shape_.now());
  return windows;
}

Prompt WindowData::cut_prompts(const std::vector<std::int32_t>& starts, const PromptShape& shape,
                               bool mirror) const {
  const auto rows = rows_tensor(starts, device_);
  auto raw = gather(frames_, rows.clamp_min(0), shape.frames, shape.stride);
  if (mirror) raw = mirror_half(raw, mirror_raw, layout_);
  return {window_features(layout_, raw, shape.frames - 1), rows >= 0};
}

}  // namespace foresight
