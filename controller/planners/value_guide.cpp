#include "controller/planners/value_guide.h"

#include <algorithm>
#include <cmath>

#include "controller/planners/diffuser_training.h"
#include "controller/planners/maze_windows.h"
#include "models/checkpoint.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

using nlohmann::json;

ValueNetConfig value_config(const DiffuserModel& model) {
  ValueNetConfig config;
  config.channels = kMazeChannels;
  config.horizon = model.config.frames;
  config.multipliers = {1, 2, 4};
  return config;
}

/// Present states as known entries of plans, each `repeats` times.
Inpainting known_starts(const DiffuserModel& model, const std::vector<MazeEpisode>& episodes,
                        int repeats) {
  const auto count = static_cast<std::int64_t>(episodes.size());
  auto values = torch::zeros({count, model.config.frames, kMazeChannels});
  auto table = values.accessor<float, 3>();
  for (std::int64_t i = 0; i < count; ++i) {
    for (int c = 0; c < 4; ++c) {
      table[i][0][kMazeActionChannels + c] = static_cast<float>(episodes[i].path.back()[c]);
    }
  }
  return {endpoint_mask(count * repeats, model.config.frames, false),
          to_unit(model.scaling, values).repeat_interleave(repeats, 0)};
}

/// The last plan one replanning later: shifted, its end repeated.
torch::Tensor shifted(const torch::Tensor& plan, int steps) {
  const auto frames = plan.size(1);
  return torch::cat({plan.narrow(1, steps, frames - steps),
                     plan.narrow(1, frames - 1, 1).expand({-1, steps, -1})},
                    1);
}

/// The plan of the highest rank of each episode.
torch::Tensor best_plans(const torch::Tensor& plans, const RecedingOptions& options) {
  if (options.candidates == 1) return plans;
  torch::NoGradGuard no_grad;
  const auto ranks = options.rank(plans, torch::zeros({plans.size(0)}, torch::kLong));
  const auto best = ranks.view({-1, options.candidates}).argmax(1);
  const auto first = torch::arange(best.size(0), torch::kLong) * options.candidates;
  return plans.index_select(0, first + best);
}

/// Plans from the present states, one per episode; `last` is undefined or what was planned before.
torch::Tensor plan_receding(const DiffuserModel& model, const TrajectoryGuide& guide,
                            const std::vector<MazeEpisode>& episodes, const torch::Tensor& last,
                            const RecedingOptions& options, std::uint64_t key) {
  const NoiseSchedule schedule(model.config.levels);
  const Inpainting known = known_starts(model, episodes, options.candidates);
  const bool warm = options.warm_level >= 0 && last.defined();
  SampleOptions sample;
  sample.prediction = model.config.prediction;
  sample.temperature = options.temperature;
  sample.guide = options.guide;
  sample.levels = spread_levels(warm ? options.warm_level : model.config.levels - 1, options.calls);
  if (!warm) {
    return best_plans(
        sample_trajectories(model.denoiser(), schedule, known.values, known, guide, sample, key),
        options);
  }
  const auto from = shifted(last, options.replan).repeat_interleave(options.candidates, 0);
  return best_plans(
      resample_trajectories(model.denoiser(), schedule, from, known, guide, sample, key), options);
}

void execute(MazeRun& r, const torch::Tensor& actions, const RewardRegion& region) {
  const auto table = actions.accessor<float, 2>();
  for (std::size_t i = 0; i < r.worlds.size(); ++i) {
    MazeEpisode& e = r.episodes[i];
    const MazeAction action{std::clamp<double>(table[i][0], -1, 1),
                            std::clamp<double>(table[i][1], -1, 1)};
    const MazeObservation state = r.worlds[i].step(action);
    e.path.push_back(state);
    e.actions.push_back(action);
    const bool inside = maze_distance({state[0], state[1]}, region.centre) <= region.radius;
    if (inside && e.first_reward < 0) e.first_reward = static_cast<int>(e.actions.size()) - 1;
    e.episode_return += inside ? 1.0 : 0.0;
  }
}

}  // namespace

torch::Tensor region_returns(const MazeData& data, const RewardRegion& region, double discount) {
  auto returns = torch::zeros({data.rows()});
  float* value = returns.data_ptr<float>();
  for (const MazeSegment& stream : maze_streams(data)) {
    double sum = 0;
    for (std::int64_t t = stream.first + stream.count - 1; t >= stream.first; --t) {
      const float* x = &data.observations[4 * t];
      const bool inside = maze_distance({x[0], x[1]}, region.centre) <= region.radius;
      sum = (inside ? 1.0 : 0.0) + discount * sum;
      value[t] = static_cast<float>((1.0 - discount) * sum);
    }
  }
  return returns;
}

ValueModel train_value(const DiffuserModel& model, const MazeData& data, const RewardRegion& region,
                       double discount, const PlannerTrainingOptions& options,
                       PlannerTrainingResult& result) {
  ValueModel value{value_config(model), nullptr, region, discount, {}};
  torch::manual_seed(options.seed);
  value.net = ValueNet(value.config);
  const MazeWindows windows(data, maze_streams(data), model.config.frames, model.config.stride);
  const auto returns = region_returns(data, region, discount);
  const NoiseSchedule schedule(model.config.levels);
  const auto known = endpoint_mask(options.batch, model.config.frames, model.config.goal);
  const LossFunction loss = [&](std::int64_t step) {
    const auto starts = windows.draw(options.batch, model.config.frames, options.seed, step);
    const auto clean = to_unit(model.scaling, windows.cut(starts, model.config.frames));
    const auto noisy = draw_noisy(schedule, clean, known, options.seed, step);
    const auto guess = value.net->forward(noisy.x, noisy.levels);
    return StepLoss{(guess - returns.index_select(0, starts)).square().mean(), {}};
  };
  const json settings = {{"model", to_json(value.config)},
                         {"region", {region.centre[0], region.centre[1], region.radius}},
                         {"discount", discount},
                         {"planner", to_json(model.config)}};
  const auto save = [&](const NamedTensors& weights, const PlannerTrainingResult& r) {
    Checkpoint checkpoint{half_precision(weights, "normaliser."), settings};
    checkpoint.contract["kind"] = "maze_value";
    checkpoint.contract["training_data"] = generated_data(data);
    checkpoint.contract["metrics"] = {{"steps", r.steps}, {"loss", r.loss}};
    value.contract = checkpoint.contract;
    save_checkpoint(options.out / "value.safetensors", checkpoint);
  };
  result = train_planner("value", value.net.ptr(), loss, settings, options, save);
  return value;
}

ValueModel load_value(const std::filesystem::path& path, const DiffuserModel& model) {
  const Checkpoint checkpoint = load_checkpoint(path);
  check_contract(checkpoint, path.string(), "kind", "maze_value");
  check_contract(checkpoint, path.string(), "planner", to_json(model.config));
  ValueModel value;
  try {
    value.config = value_net_config_from_json(checkpoint.contract.at("model"));
    const json& region = checkpoint.contract.at("region");
    value.region = {{region.at(0), region.at(1)}, region.at(2)};
    value.discount = checkpoint.contract.at("discount");
  } catch (const json::exception& error) {
    throw InputError(path.string() + ": " + error.what());
  }
  value.contract = checkpoint.contract;
  value.net = ValueNet(value.config);
  load_module(*value.net, checkpoint.tensors, "net.");
  value.net->eval();
  return value;
}

TrajectoryValue value_of(const ValueModel& value) {
  return [net = value.net](const torch::Tensor& x, const torch::Tensor& levels) mutable {
    return net->forward(x, levels);
  };
}

TrajectoryValue slowness(const DiffuserModel& model) {
  return [scaling = model.scaling](const torch::Tensor& x, const torch::Tensor&) {
    const auto velocity = to_physical(scaling, x).narrow(2, 4, 2);
    return -velocity.square().sum(2).mean(1);
  };
}

TrajectoryValue sum_of_values(std::vector<TrajectoryValue> values, std::vector<double> weights) {
  FS_CHECK(!values.empty() && values.size() == weights.size());
  return [values = std::move(values), weights = std::move(weights)](const torch::Tensor& x,
                                                                    const torch::Tensor& levels) {
    auto total = weights[0] * values[0](x, levels);
    for (std::size_t i = 1; i < values.size(); ++i) {
      total = total + weights[i] * values[i](x, levels);
    }
    return total;
  };
}

std::vector<MazeEpisode> run_receding(const DiffuserModel& model, const TrajectoryGuide& guide,
                                      const RewardRegion& region, int episodes,
                                      const RecedingOptions& options, std::uint64_t seed) {
  FS_CHECK(model.config.stride == 1 && options.replan >= 1 && options.replan < model.config.frames);
  FS_CHECK(options.candidates == 1 || (options.candidates > 1 && options.rank));
  MazeRun r = start_episodes(find_maze(model.config.maze), episodes, seed);
  for (MazeWorld& world : r.worlds) world.set_target(region.centre);
  torch::Tensor plan;
  for (int t = 0; t < options.steps; ++t) {
    const int within = t % options.replan;
    if (within == 0) {
      const std::uint64_t key = random_key(options.seed, seed, t);
      plan = plan_receding(model, guide, r.episodes, plan, options, key);
    }
    const auto physical = to_physical(model.scaling, plan.select(1, within));
    execute(r, physical.narrow(1, 0, kMazeActionChannels).contiguous(), region);
  }
  return r.episodes;
}

double mean_speed(const MazeEpisode& episode) {
  double sum = 0;
  for (const MazeObservation& state : episode.path) sum += std::hypot(state[2], state[3]);
  return sum / static_cast<double>(episode.path.size());
}

}  // namespace foresight
