// Whole episodes in a maze: a policy from start to time limit, and the reference policies.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/base/parallel.h"
#include "sim/maze/maze_world.h"

namespace foresight {

/// Action for a state, the target, and the step within the episode.
using MazePolicy = std::function<MazeAction(const MazeObservation&, const MazePoint&, int)>;

struct MazeEpisode {
  double episode_return = 0;          ///< sum of rewards
  int first_reward = -1;              ///< step at which the goal region was entered; -1: never
  std::vector<MazeObservation> path;  ///< states before each step and the last one
  std::vector<MazeAction> actions;    ///< as executed, clipped
};

/// Episodes under way, one world each.
struct MazeRun {
  std::vector<MazeWorld> worlds;
  std::vector<MazeEpisode> episodes;
};

/// Starts `count` episodes; world i draws its start from the key (seed, 2, i).
MazeRun start_episodes(const MazeLayout& layout, int count, std::uint64_t seed);

/// Takes one step (the action is clipped to [-1, 1]) and adds it and its reward to the episode,
/// whose path must hold the state before.
void step_episode(MazeWorld& world, MazeEpisode& episode, MazeAction action);

/// Runs from the world's state for the map's episode length; never stops at the goal.
MazeEpisode run_episode(MazeWorld& world, const MazePolicy& policy);

enum class ReferencePolicy {
  kRandom,  ///< uniform actions
  kFresh,   ///< a new waypoint controller for every episode
  kReused,  ///< one controller for all episodes, D4RL's flawed expert
};

/// Returns of `episodes` episodes on the fixed goal, or on random goals.
std::vector<MazeEpisode> run_reference(const MazeLayout& layout, ReferencePolicy policy,
                                       int episodes, bool random_goals, std::uint64_t seed,
                                       WorkerPool& pool);

}  // namespace foresight
