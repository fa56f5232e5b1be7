#include "controller/planners/maze_planner.h"

#include <algorithm>
#include <cmath>

#include "controller/planners/diffuser_training.h"
#include "controller/planners/maze_windows.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

SampleOptions sample_options(const DiffuserModel& model, const PlannerOptions& o,
                             std::vector<int> levels) {
  SampleOptions s;
  s.prediction = model.config.prediction;
  s.levels = std::move(levels);
  s.stochastic = o.stochastic;
  s.temperature = o.temperature;
  s.guide = o.guide;
  if (o.watch) {
    s.watch = [&](const torch::Tensor& unit) { o.watch(to_physical(model.scaling, unit)); };
  }
  return s;
}

/// Start and goal of each query `repeats` times, normalised.
Inpainting known_entries(const DiffuserModel& model, const std::vector<PlanQuery>& queries,
                         int repeats, int frames) {
  const auto count = static_cast<std::int64_t>(queries.size());
  auto values = torch::zeros({count, frames, kMazeChannels});
  auto table = values.accessor<float, 3>();
  for (std::int64_t i = 0; i < count; ++i) {
    const PlanQuery& query = queries[i];
    for (int c = 0; c < 4; ++c) {
      table[i][0][kMazeActionChannels + c] = static_cast<float>(query.start[c]);
    }
    for (int c = 0; c < 2; ++c) {
      table[i][frames - 1][kMazeActionChannels + c] = static_cast<float>(query.goal[c]);
    }
  }
  const auto unit = to_unit(model.scaling, values).repeat_interleave(repeats, 0);
  return {endpoint_mask(count * repeats, frames, model.config.goal), unit};
}

/// Share of the way, in steps of the simulation, that lies outside visited squares.
double share_outside(const DiffuserModel& model, const MazePlan& plan) {
  std::vector<float> points;
  for (int t = 0; t <= plan.steps(); ++t) {
    const MazeObservation state = plan_state(plan, t);
    points.insert(points.end(), {static_cast<float>(state[0]), static_cast<float>(state[1])});
  }
  const auto count = static_cast<std::int64_t>(points.size() / 2);
  const auto inside = is_visited(model.visited, torch::tensor(points).view({count, 2}));
  return 1.0 - inside.to(torch::kFloat).mean().item<double>();
}

void keep_better(std::vector<MazePlan>& best, const std::vector<MazePlan>& plans, int candidates) {
  for (std::size_t i = 0; i < best.size(); ++i) {
    for (int c = 0; c < candidates; ++c) {
      const MazePlan& plan = plans[i * candidates + c];
      if (best[i].frames.empty() || badness(plan) < badness(best[i])) best[i] = plan;
    }
  }
}

torch::Tensor unit_frames(const DiffuserModel& model, const std::vector<MazePlan>& plans) {
  const auto frames = static_cast<std::int64_t>(plans.front().frames.size());
  auto values =
      torch::zeros({static_cast<std::int64_t>(plans.size()), frames, std::int64_t{kMazeChannels}});
  auto table = values.accessor<float, 3>();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    FS_CHECK(static_cast<std::int64_t>(plans[i].frames.size()) == frames);
    for (std::int64_t t = 0; t < frames; ++t) {
      for (int c = 0; c < 4; ++c) {
        table[i][t][kMazeActionChannels + c] = static_cast<float>(plans[i].frames[t][c]);
      }
    }
  }
  return to_unit(model.scaling, values);
}

/// Plans from earlier ones [B, H, 6], normalised, noised to `from_level` and denoised again.
std::vector<MazePlan> resample(const DiffuserModel& model, const torch::Tensor& earlier,
                               const Inpainting& known, int from_level,
                               const PlannerOptions& options, const TrajectoryGuide& guide) {
  FS_CHECK(from_level >= 0 && from_level < model.config.levels);
  const NoiseSchedule schedule(model.config.levels);
  const auto settings = sample_options(model, options, spread_levels(from_level, options.calls));
  const auto unit = resample_trajectories(model.denoiser(), schedule, earlier, known, guide,
                                          settings, options.seed);
  return plans_from(model, unit, options);
}

/// Besides what is known already: the positions that `plan` [1, H, 6] has in these frames.
void keep_positions(Inpainting& known, const torch::Tensor& plan, const std::vector<int>& frames) {
  known.values = known.apply(plan);
  for (const int frame : frames) known.mask[0][frame].narrow(0, kMazeActionChannels, 2).fill_(true);
}

}  // namespace

std::vector<int> plan_lengths(const DiffuserConfig& config, int every) {
  FS_CHECK(every >= 1 && every % config.net.length_unit() == 0);
  std::vector<int> lengths;
  for (int n = config.frames; n >= config.min_frames; n -= every) lengths.push_back(n);
  std::reverse(lengths.begin(), lengths.end());
  return lengths;
}

std::vector<MazePlan> plans_from(const DiffuserModel& model, const torch::Tensor& unit,
                                 const PlannerOptions& options) {
  const auto physical = to_physical(model.scaling, unit).contiguous();
  const auto table = physical.accessor<float, 3>();
  std::vector<MazePlan> plans(physical.size(0));
  for (std::int64_t i = 0; i < physical.size(0); ++i) {
    MazePlan& plan = plans[i];
    plan.stride = model.config.stride;
    for (std::int64_t t = 0; t < physical.size(1); ++t) {
      const auto frame = table[i][t];
      plan.actions.push_back({frame[0], frame[1]});
      plan.frames.push_back({frame[2], frame[3], frame[4], frame[5]});
    }
    plan.defect = plan_defect(plan);
    plan.outside = share_outside(model, plan);
    plan.plausible = plan.defect <= options.tolerance && plan.outside == 0.0;
  }
  return plans;
}

std::vector<MazePlan> plan_maze(const DiffuserModel& model, const std::vector<PlanQuery>& queries,
                                const PlannerOptions& options, const TrajectoryGuide& guide) {
  FS_CHECK(!queries.empty() && options.candidates >= 1);
  const NoiseSchedule schedule(model.config.levels);
  const auto lengths =
      options.lengths.empty() ? std::vector<int>{model.config.frames} : options.lengths;
  std::vector<MazePlan> best(queries.size());
  auto settings =
      sample_options(model, options, spread_levels(model.config.levels - 1, options.calls));
  for (const int frames : lengths) {
    const Inpainting known = known_entries(model, queries, options.candidates, frames);
    const auto unit = sample_trajectories(model.denoiser(), schedule, known.values, known, guide,
                                          settings, random_key(options.seed, frames));
    keep_better(best, plans_from(model, unit, options), options.candidates);
    settings.watch = nullptr;
  }
  return best;
}

std::vector<MazePlan> replan_maze(const DiffuserModel& model, const std::vector<PlanQuery>& queries,
                                  const std::vector<MazePlan>& earlier, int from_level,
                                  const PlannerOptions& options, const TrajectoryGuide& guide) {
  FS_CHECK(queries.size() == earlier.size() && !queries.empty());
  const int frames = static_cast<int>(earlier.front().frames.size());
  const Inpainting known = known_entries(model, queries, 1, frames);
  return resample(model, unit_frames(model, earlier), known, from_level, options, guide);
}

MazePlan shift_plan(const MazePlan& plan, int steps) {
  MazePlan shifted = plan;
  shifted.actions.clear();
  for (std::size_t i = 0; i < plan.frames.size(); ++i) {
    shifted.frames[i] = plan_state(plan, static_cast<int>(i) * plan.stride + steps);
  }
  return shifted;
}

MazePlan stitch_plan(const DiffuserModel& model, const PlanQuery& query,
                     const std::vector<MazePoint>& via, int from_level,
                     const PlannerOptions& options) {
  std::vector<MazePoint> stops = via;
  stops.push_back(query.goal);
  MazePlan whole;
  std::vector<int> joints;
  MazeObservation from = query.start;
  for (const MazePoint& stop : stops) {
    if (!whole.frames.empty()) joints.push_back(static_cast<int>(whole.frames.size()) - 1);
    const MazePlan part = plan_maze(model, {{from, stop}}, options).front();
    // The first frame of a part is the last of the one before.
    whole.frames.insert(whole.frames.end(), part.frames.begin() + (whole.frames.empty() ? 0 : 1),
                        part.frames.end());
    whole.stride = part.stride;
    from = {stop[0], stop[1], 0, 0};
  }
  const int unit = model.config.net.length_unit();
  while (static_cast<int>(whole.frames.size()) % unit != 0)
    whole.frames.push_back(whole.frames.back());
  const auto earlier = unit_frames(model, {whole});
  Inpainting known = known_entries(model, {query}, 1, static_cast<int>(whole.frames.size()));
  keep_positions(known, earlier, joints);
  return resample(model, earlier, known, from_level, options, {}).front();
}

}  // namespace foresight
