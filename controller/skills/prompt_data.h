// Prompts for training: snippets of the rollouts, each of the same skill as the window that it is
// shown with, but from another random place (MTDiff draws its prompts the same way).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/rollouts.h"

namespace foresight {

/// A prompt's frames are `stride` control steps apart.
struct PromptShape {
  int frames = 8, stride = 4;
  /// Control steps from the first frame to the last, both counted.
  int span() const { return frames == 0 ? 0 : (frames - 1) * stride + 1; }
};

struct PromptIndex {
  std::vector<std::string> skills;
  std::vector<std::int32_t> first_rows;  // per episode, ascending
  std::vector<int> skill_of_episode;
  std::vector<std::vector<std::int32_t>> starts;  // per skill: rows at which a snippet may start
};

/// All snippets without a push, outside lead-ins and the episodes that index_windows() holds out
/// with the same `heldout` and `seed`.
PromptIndex index_prompts(const RolloutSet& set, const PromptShape& shape, double heldout,
                          std::uint64_t seed);

/// For every window (by its first row) the first row of its prompt, or -1 for none: a share
/// `dropout` of them, and those of a skill without snippets. A function of (seed, step) only.
std::vector<std::int32_t> draw_prompts(const PromptIndex& index,
                                       const std::vector<std::int32_t>& windows, double dropout,
                                       std::uint64_t seed, std::int64_t step);

}  // namespace foresight
