// Rollouts of two made-up skills: swaying upright, and the same 0.3 m lower.
#pragma once

#include "controller/rollouts.h"
#include "tests/controller/fixtures.h"

namespace foresight::testing {

/// Every other of `episodes` episodes is lowered; clips "sway/a" and "low/b".
inline RolloutSet two_skills(const std::shared_ptr<const Character>& character, int episodes,
                             int steps) {
  RolloutSet set = tiny_rollouts(character, episodes, steps);
  set.clips[0].name = "sway/a";
  const int low = add_clip(set, {"low/b", "MIT", "locomotion", "train"});
  for (std::size_t e = 1; e < set.episodes.size(); e += 2) {
    set.episodes[e].clip = low;
    for (int t = 0; t < steps; ++t) {
      float* frame = set.frames.data() + (set.episodes[e].first + t) * set.layout.size();
      frame[RawLayout::root_position + 2] -= 0.3f;
      for (int k = 0; k < set.layout.key_points; ++k) {
        frame[RawLayout::key_position + 3 * k + 2] -= 0.3f;
      }
    }
  }
  return set;
}

}  // namespace foresight::testing
