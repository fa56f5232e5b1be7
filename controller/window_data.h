// Training windows cut out of rollouts: never across the end of an episode, drawn so that common
// motion (straight walking, mostly) does not crowd out the rest.
#pragma once

#include <cstdint>
#include <vector>

#include "controller/rollouts.h"
#include "controller/skills/prompt_data.h"
#include "controller/state_layout.h"
#include "models/denoiser.h"
#include "models/torch.h"

namespace foresight {

struct WindowShape {
  int history = 4, future = 32, action_frames = 20;
  int frames() const { return history + future; }
  int now() const { return history - 1; }
};

/// Windows of similar motion: same clip category, forward and sideways speed within 0.3 m/s,
/// turning within 0.4 rad/s.
struct WindowBin {
  std::vector<std::int32_t> starts;  // row of the first frame
};

struct WindowIndex {
  std::vector<WindowBin> bins;
  std::vector<double> cumulative;        // share of the draws up to and including bin i
  std::vector<std::int32_t> validation;  // windows of the held-out episodes
  std::int64_t training_windows = 0;
};

/// Sorts all windows of `set` in whose future nothing pushes the character: nobody can foresee a
/// push, and a plan should not expect one. A bin with n windows gets a share of the draws
/// proportional to n^balance: 1 draws windows uniformly, 0 bins uniformly. `heldout` is the share
/// of episodes (by hash of their number and `seed`) kept for validation. Throws InputError when no
/// episode is as long as a window.
WindowIndex index_windows(const RolloutSet& set, const WindowShape& shape, double balance,
                          double heldout, std::uint64_t seed);

/// Windows drawn for one training step: a function of (seed, step) only.
std::vector<std::int32_t> draw_windows(const WindowIndex& index, int count, std::uint64_t seed,
                                       std::int64_t step);

/// Windows in physical units, float32.
struct PhysicalWindows {
  torch::Tensor states;    // [B, T, D]
  torch::Tensor actions;   // [B, action_frames, Da] clean, rad
  torch::Tensor executed;  // [B, history - 1, Da] what was executed before now, rad
};

/// The rollouts' arrays on a device, from which batches are cut.
class WindowData {
 public:
  /// `set` must outlive this object (its memory is used in place on the CPU).
  WindowData(const RolloutSet& set, const StateLayout& layout, const WindowShape& shape,
             const torch::Device& device);

  /// Windows that start at the given rows; the second half of them mirrored when `mirror`.
  PhysicalWindows cut(const std::vector<std::int32_t>& starts, bool mirror) const;

  /// Prompts that start at the given rows (-1: none), each in the heading frame of its own last
  /// frame, in physical units; the same ones mirrored as in cut().
  Prompt cut_prompts(const std::vector<std::int32_t>& starts, const PromptShape& shape,
                     bool mirror) const;

 private:
  StateLayout layout_;
  WindowShape shape_;
  torch::Device device_;
  torch::Tensor frames_, action_, executed_;
};

}  // namespace foresight
