#include "controller/skills/prompt_data.h"

#include <algorithm>

#include "controller/skills/skill.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

int skill_index(PromptIndex& index, const std::string& skill) {
  const auto found = std::find(index.skills.begin(), index.skills.end(), skill);
  const auto which = static_cast<int>(found - index.skills.begin());
  if (found == index.skills.end()) {
    index.skills.push_back(skill);
    index.starts.emplace_back();
  }
  return which;
}

}  // namespace

PromptIndex index_prompts(const RolloutSet& set, const PromptShape& shape, double heldout,
                          std::uint64_t seed) {
  PromptIndex index;
  for (std::size_t e = 0; e < set.episodes.size(); ++e) {
    const RolloutEpisode& episode = set.episodes[e];
    const int skill = skill_index(index, skill_of(set.clips[episode.clip].name));
    index.first_rows.push_back(static_cast<std::int32_t>(episode.first));
    index.skill_of_episode.push_back(skill);
    if (is_held_out(e, heldout, seed) || is_lead_in(set.clips[episode.clip].name)) continue;
    for (int s = 0; s + shape.span() <= episode.steps; ++s) {
      if (pushed_within(episode, s + 1, s + shape.span() - 1)) continue;
      index.starts[skill].push_back(static_cast<std::int32_t>(episode.first + s));
    }
  }
  return index;
}

std::vector<std::int32_t> draw_prompts(const PromptIndex& index,
                                       const std::vector<std::int32_t>& windows, double dropout,
                                       std::uint64_t seed, std::int64_t step) {
  Rng rng{random_key(seed, step, 0x70726f6d7074)};
  std::vector<std::int32_t> prompts;
  for (const std::int32_t window : windows) {
    const auto next = std::upper_bound(index.first_rows.begin(), index.first_rows.end(), window);
    const auto& choices = index.starts[index.skill_of_episode[next - index.first_rows.begin() - 1]];
    const bool dropped = rng.uniform() < dropout;
    const double where = rng.uniform();  // drawn in any case: the others do not depend on it
    const bool none = dropped || choices.empty();
    prompts.push_back(none ? -1 : choices[static_cast<std::size_t>(where * choices.size())]);
  }
  return prompts;
}

}  // namespace foresight
