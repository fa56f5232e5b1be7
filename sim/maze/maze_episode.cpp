#include "sim/maze/maze_episode.h"

#include <algorithm>

#include "sim/maze/waypoint_controller.h"

namespace foresight {
namespace {

MazePolicy policy_of(WaypointController& controller) {
  return [&controller](const MazeObservation& state, const MazePoint& target, int) {
    return controller.act(state, target).action;
  };
}

MazePolicy random_policy(Rng& rng) {
  return [&rng](const MazeObservation&, const MazePoint&, int) {
    const double x = rng.uniform(-1.0, 1.0);
    return MazeAction{x, rng.uniform(-1.0, 1.0)};
  };
}

/// The start of episode i depends on (seed, i) alone.
void start_episode(MazeWorld& world, bool random_goals) {
  world.reset();
  if (random_goals) world.draw_target();
}

std::vector<MazeEpisode> run_reused(const MazeLayout& layout, int episodes, bool random_goals,
                                    std::uint64_t seed) {
  const auto model = compile_maze(layout);
  WaypointController controller(layout, random_key(seed, 1));
  std::vector<MazeEpisode> results;
  for (int i = 0; i < episodes; ++i) {
    MazeWorld world(layout, model, random_key(seed, 2, i));
    start_episode(world, random_goals);
    results.push_back(run_episode(world, policy_of(controller)));
  }
  return results;
}

}  // namespace

MazeRun start_episodes(const MazeLayout& layout, int count, std::uint64_t seed) {
  MazeRun run;
  const auto compiled = compile_maze(layout);
  run.episodes.resize(count);
  for (MazeEpisode& episode : run.episodes) {
    run.worlds.emplace_back(layout, compiled, random_key(seed, 2, run.worlds.size()));
    episode.path.push_back(run.worlds.back().reset());
  }
  return run;
}

void step_episode(MazeWorld& world, MazeEpisode& episode, MazeAction action) {
  for (double& a : action) a = std::clamp(a, -1.0, 1.0);
  episode.path.push_back(world.step(action));
  episode.actions.push_back(action);
  const double reward = world.reward();
  const int step = static_cast<int>(episode.actions.size()) - 1;
  if (reward > 0 && episode.first_reward < 0) episode.first_reward = step;
  episode.episode_return += reward;
}

MazeEpisode run_episode(MazeWorld& world, const MazePolicy& policy) {
  MazeEpisode episode;
  episode.path.push_back(world.observation());
  for (int t = 0; t < world.layout().episode_steps; ++t) {
    step_episode(world, episode, policy(episode.path.back(), world.target(), t));
  }
  return episode;
}

std::vector<MazeEpisode> run_reference(const MazeLayout& layout, ReferencePolicy policy,
                                       int episodes, bool random_goals, std::uint64_t seed,
                                       WorkerPool& pool) {
  if (policy == ReferencePolicy::kReused) return run_reused(layout, episodes, random_goals, seed);
  std::vector<MazeEpisode> results(episodes);
  const auto model = compile_maze(layout);
  pool.run(episodes, [&](int i) {
    MazeWorld world(layout, model, random_key(seed, 2, i));
    start_episode(world, random_goals);
    WaypointController controller(layout, random_key(seed, 1, i));
    Rng rng{random_key(seed, 3, i)};
    const bool random = policy == ReferencePolicy::kRandom;
    results[i] = run_episode(world, random ? random_policy(rng) : policy_of(controller));
  });
  return results;
}

}  // namespace foresight
