#include "controller/planners/mtdiff.h"

#include <algorithm>
#include <cmath>

#include "controller/planners/maze_windows.h"
#include "models/checkpoint.h"
#include "models/random.h"
#include "models/temporal_unet.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr std::int64_t kLongestEpisode = 600;
constexpr int kBatchKey = 61;

/// Where one window is cut: task, row of its first step, rows before it within the episode.
struct WindowStart {
  const MtDiffTask* task;
  std::int64_t row, episode_first;
};

WindowStart draw_start(const std::vector<MtDiffTask>& tasks, std::size_t which, int horizon,
                       Rng& rng) {
  const MtDiffTask& task = tasks[which];
  for (;;) {
    const MazeSegment& e = task.episodes[rng.index(static_cast<int>(task.episodes.size()))];
    const auto choices = static_cast<int>(e.count - horizon);
    if (choices <= 0) continue;
    return {&task, e.first + rng.index(choices), e.first};
  }
}

/// States of the `history` rows up to the window's start; the episode's first one stands in for
/// those before it.
torch::Tensor history_of(const WindowStart& start, int history) {
  std::vector<std::int64_t> rows;
  for (int i = history - 1; i >= 0; --i)
    rows.push_back(std::max(start.row - i, start.episode_first));
  return start.task->states.index_select(0, torch::tensor(rows));
}

torch::Tensor map_prompt(const MazeLayout& layout, int tokens) {
  const auto walls = interior_walls(layout);
  if (static_cast<int>(walls.size()) != tokens) {
    throw InputError("maze " + layout.name + " has " + std::to_string(walls.size()) +
                     " inner cells; this model takes maps of " + std::to_string(tokens));
  }
  return torch::tensor(walls).view({tokens, 1});
}

/// J consecutive (state, action) steps that end an episode, or lie anywhere in it when it is long.
torch::Tensor steps_prompt(const MtDiff& model, const MtDiffTask& task, Rng& rng) {
  const int count = model.config.net.prompt_tokens;
  const WindowStart start = draw_start({task}, 0, count, rng);
  return torch::cat({to_unit(model.state, task.states.narrow(0, start.row, count)),
                     to_unit(model.action, task.actions.narrow(0, start.row, count))},
                    1);
}

torch::Tensor prompt_of(const MtDiff& model, const MtDiffTask& task, Rng& rng) {
  if (model.config.net.prompt == PromptKind::kSteps) return steps_prompt(model, task, rng);
  return map_prompt(find_maze(task.maze), model.config.net.prompt_tokens);
}

/// What is denoised, normalised [horizon, output_dim].
torch::Tensor clean_window(const MtDiff& model, const WindowStart& s) {
  const int n = model.config.net.horizon;
  const auto actions = to_unit(model.action, s.task->actions.narrow(0, s.row, n));
  if (model.config.net.mode == PromptMode::kPlan) return actions;
  return torch::cat({to_unit(model.state, s.task->states.narrow(0, s.row, n)), actions,
                     2 * s.task->rewards.narrow(0, s.row, n).unsqueeze(1) - 1,
                     to_unit(model.state, s.task->states.narrow(0, s.row + 1, n))},
                    1);
}

struct Batch {
  torch::Tensor clean;
  PromptCondition condition;
};

Batch draw_batch(const MtDiff& model, const std::vector<MtDiffTask>& tasks, int count,
                 std::uint64_t key) {
  const PromptTransformerConfig& net = model.config.net;
  Rng rng{key};
  std::vector<torch::Tensor> clean, prompts, histories;
  std::vector<float> returns, keep;
  for (int i = 0; i < count; ++i) {
    const std::size_t which = static_cast<std::size_t>(i) % tasks.size();
    const WindowStart start = draw_start(tasks, which, net.horizon, rng);
    clean.push_back(clean_window(model, start));
    prompts.push_back(prompt_of(model, tasks[which], rng));
    histories.push_back(to_unit(model.state, history_of(start, net.history)));
    returns.push_back(start.task->returns[start.row].item<float>());
    keep.push_back(rng.uniform() < model.config.return_dropout ? 0.0F : 1.0F);
  }
  PromptCondition condition{torch::stack(prompts), {}, {}, {}};
  if (net.mode == PromptMode::kPlan) {
    condition.history = torch::stack(histories);
    condition.returns = torch::tensor(returns);
    condition.keep = torch::tensor(keep);
  }
  return {torch::stack(clean), condition};
}

TrajectoryNet net_under(const MtDiff& model, const PromptCondition& condition) {
  return [net = model.net, condition](const torch::Tensor& x, const torch::Tensor& levels) mutable {
    return net->forward(x, levels, condition);
  };
}

void fit_scalings(MtDiff& model, const std::vector<MtDiffTask>& tasks) {
  std::vector<torch::Tensor> states, actions;
  for (const MtDiffTask& task : tasks) {
    states.push_back(task.states);
    actions.push_back(task.actions);
  }
  model.state = limits_of(torch::cat(states));
  model.action = limits_of(torch::cat(actions));
}

void save_mtdiff(const std::filesystem::path& path, MtDiff& model, const NamedTensors& weights) {
  Checkpoint checkpoint;
  checkpoint.tensors = half_precision(weights, "normaliser.");
  add_scaling(checkpoint.tensors, "state", model.state);
  add_scaling(checkpoint.tensors, "action", model.action);
  model.contract["kind"] = "mtdiff";
  model.contract["model"] = to_json(model.config);
  checkpoint.contract = model.contract;
  save_checkpoint(path, checkpoint);
}

torch::Tensor state_rows(const std::vector<MazeObservation>& states) {
  auto rows = torch::zeros({static_cast<std::int64_t>(states.size()), 4});
  auto table = rows.accessor<float, 2>();
  for (std::size_t i = 0; i < states.size(); ++i) {
    for (int c = 0; c < 4; ++c) table[i][c] = static_cast<float>(states[i][c]);
  }
  return rows;
}

/// Last `history` states of an episode so far, [history, 4].
torch::Tensor recent_states(const MazeEpisode& episode, int history) {
  std::vector<MazeObservation> states;
  const auto last = static_cast<int>(episode.path.size()) - 1;
  for (int i = history - 1; i >= 0; --i) states.push_back(episode.path[std::max(last - i, 0)]);
  return state_rows(states);
}

}  // namespace

MtDiffConfig mtdiff_config(const std::string& preset, bool steps) {
  MtDiffConfig config;
  PromptTransformerConfig& net = config.net;
  const bool tiny = preset.starts_with("tiny-");
  const std::string mode = tiny ? preset.substr(5) : preset;
  if (mode == "synthesis") {
    net.mode = PromptMode::kSynthesis;
    net.horizon = 16;
  } else if (mode != "plan") {
    throw InputError("--mode \"" + preset + "\": expected plan or synthesis");
  }
  if (steps || net.mode == PromptMode::kSynthesis) {
    net.prompt = PromptKind::kSteps;
    net.prompt_tokens = 20;
  }
  if (tiny) {
    net.width = 16;
    net.layers = 1;
    net.hidden = 32;
    net.horizon = 8;
    config.levels = 8;
  }
  return config;
}

json to_json(const MtDiffConfig& c) {
  return {{"net", to_json(c.net)},
          {"levels", c.levels},
          {"return_dropout", c.return_dropout},
          {"discount", c.discount},
          {"prediction", c.prediction == Prediction::kClean ? "clean" : "noise"}};
}

MtDiffConfig mtdiff_config_from_json(const json& j) {
  MtDiffConfig c;
  try {
    c.net = prompt_transformer_config_from_json(j.at("net"));
    c.levels = j.at("levels").get<int>();
    c.return_dropout = j.at("return_dropout").get<double>();
    c.discount = j.at("discount").get<double>();
    const bool clean = j.at("prediction").get<std::string>() == "clean";
    c.prediction = clean ? Prediction::kClean : Prediction::kNoise;
  } catch (const json::exception& error) {
    throw InputError(std::string("mtdiff config: ") + error.what());
  }
  if (c.levels < 2 || c.levels > 1000) throw InputError("mtdiff config: levels out of range");
  return c;
}

MtDiffTask make_task(const MazeData& data, double discount) {
  const MazeLayout& layout = find_maze(data.maze);
  const auto rows = data.rows();
  MtDiffTask task;
  task.maze = data.maze;
  task.states = torch::tensor(at::ArrayRef<float>(data.observations)).view({rows, 4});
  task.actions = torch::tensor(at::ArrayRef<float>(data.actions)).view({rows, 2});
  const MazeCell cell = goal_cell(layout);
  const auto goal = torch::tensor({static_cast<float>(cell.row), static_cast<float>(cell.col)});
  const auto inside = (task.states.narrow(1, 0, 2) - goal).norm(2, 1).le(kMazeGoalRadius);
  task.rewards =
      torch::cat({inside.narrow(0, 1, rows - 1), inside.narrow(0, rows - 1, 1)}).to(torch::kFloat);
  task.returns = torch::zeros({rows});
  auto returns = task.returns.accessor<float, 1>();
  const auto reached = inside.contiguous();
  const auto* hit = reached.data_ptr<bool>();
  for (const MazeSegment& segment : cut_at_goal(data, layout)) {
    float value = 0;
    for (std::int64_t t = segment.first + segment.count - 1; t >= segment.first; --t) {
      value = hit[t] ? 1.0F : value * static_cast<float>(discount);
      returns[t] = value;
    }
    if (segment.count <= kLongestEpisode) task.episodes.push_back(segment);
  }
  const auto usable = [](const MazeSegment& s) { return s.count > 64; };
  if (std::none_of(task.episodes.begin(), task.episodes.end(), usable)) {
    throw InputError("maze data of " + data.maze + " holds no episode of 65 to 600 steps that " +
                     "ends at the fixed goal; generate more");
  }
  return task;
}

MtDiff make_mtdiff(const MtDiffConfig& config, std::uint64_t seed) {
  torch::manual_seed(seed);
  MtDiff model;
  model.config = config;
  model.net = PromptTransformer(config.net);
  return model;
}

StepLoss mtdiff_loss(MtDiff& model, const NoiseSchedule& schedule,
                     const std::vector<MtDiffTask>& tasks, int batch, std::uint64_t seed,
                     std::int64_t step) {
  const Batch b = draw_batch(model, tasks, batch, random_key(seed, step, kBatchKey));
  return {trajectory_loss(net_under(model, b.condition), schedule, model.config.prediction, b.clean,
                          {}, {}, seed, step),
          {}};
}

PlannerTrainingResult train_mtdiff(MtDiff& model, const std::vector<MtDiffTask>& tasks,
                                   const PlannerTrainingOptions& options) {
  fit_scalings(model, tasks);
  const NoiseSchedule schedule(model.config.levels);
  json data = json::array();
  for (const MtDiffTask& task : tasks) {
    data.push_back({{"source", "generated by the waypoint controller in maze " + task.maze},
                    {"steps", task.states.size(0)},
                    {"licence", "none needed: simulated by this program"}});
  }
  const LossFunction loss = [&](std::int64_t step) {
    return mtdiff_loss(model, schedule, tasks, options.batch, options.seed, step);
  };
  const auto save = [&](const NamedTensors& weights, const PlannerTrainingResult& result) {
    model.contract = {{"training_data", data},
                      {"metrics",
                       {{"steps", result.steps},
                        {"loss", result.loss},
                        {"parameters", parameter_count(*model.net)}}}};
    save_mtdiff(options.out / "mtdiff.safetensors", model, weights);
  };
  const json settings = {{"model", to_json(model.config)}, {"data", data}};
  return train_planner("mtdiff", model.net.ptr(), loss, settings, options, save);
}

MtDiff load_mtdiff(const std::filesystem::path& path) {
  const Checkpoint checkpoint = load_checkpoint(path);
  check_contract(checkpoint, path.string(), "kind", "mtdiff");
  MtDiff model = make_mtdiff(mtdiff_config_from_json(checkpoint.contract.at("model")), 0);
  model.contract = checkpoint.contract;
  const PromptTransformerConfig& c = model.config.net;
  model.state = read_scaling(checkpoint.tensors, "state", c.state_dim, path.string());
  model.action = read_scaling(checkpoint.tensors, "action", c.action_dim, path.string());
  load_module(*model.net, checkpoint.tensors, "net.");
  model.net->eval();
  return model;
}

torch::Tensor task_prompt(const MtDiff& model, const MazeLayout& layout, const MtDiffTask* task,
                          std::uint64_t seed) {
  if (model.config.net.prompt == PromptKind::kMap) {
    return map_prompt(layout, model.config.net.prompt_tokens).unsqueeze(0);
  }
  if (task == nullptr) {
    throw InputError("this model is prompted with steps: give demonstrations of maze " +
                     layout.name);
  }
  Rng rng{random_key(seed, 62)};
  return steps_prompt(model, *task, rng).unsqueeze(0);
}

torch::Tensor plan_actions(const MtDiff& model, const torch::Tensor& prompt,
                           const torch::Tensor& history, const MtDiffOptions& options) {
  const PromptTransformerConfig& net = model.config.net;
  FS_CHECK(net.mode == PromptMode::kPlan && history.size(1) == net.history);
  torch::NoGradGuard no_grad;
  const auto count = history.size(0);
  PromptCondition condition;
  condition.prompt = prompt.expand({count, net.prompt_tokens, net.prompt_dim()});
  condition.history = to_unit(model.state, history);
  PromptCondition wished = condition;
  wished.returns = torch::full({count}, options.target_return, torch::kFloat);
  SampleOptions sample;
  sample.prediction = model.config.prediction;
  sample.levels = spread_levels(model.config.levels - 1, options.calls);
  sample.temperature = options.temperature;
  const auto guided =
      compose_conditions(net_under(model, condition), {net_under(model, wished)}, {options.weight});
  const auto unit = sample_trajectories(guided, NoiseSchedule(model.config.levels),
                                        torch::zeros({count, net.horizon, net.action_dim}), {}, {},
                                        sample, options.seed);
  return to_physical(model.action, unit).clamp(-1.0, 1.0);
}

std::vector<MazeEpisode> run_mtdiff(const MtDiff& model, const MazeLayout& layout,
                                    const torch::Tensor& prompt, int episodes,
                                    const MtDiffOptions& options, std::uint64_t seed) {
  FS_CHECK(options.replan >= 1 && options.replan <= model.config.net.horizon);
  MazeRun run = start_episodes(layout, episodes, seed);
  torch::Tensor actions;
  for (int t = 0; t < layout.episode_steps; ++t) {
    const int within = t % options.replan;
    if (within == 0) {
      std::vector<torch::Tensor> histories;
      for (const auto& e : run.episodes)
        histories.push_back(recent_states(e, model.config.net.history));
      MtDiffOptions now = options;
      now.seed = random_key(options.seed, seed, t);
      actions = plan_actions(model, prompt, torch::stack(histories), now).contiguous();
    }
    const auto table = actions.accessor<float, 3>();
    for (int i = 0; i < episodes; ++i) {
      step_episode(run.worlds[i], run.episodes[i], {table[i][within][0], table[i][within][1]});
    }
  }
  return std::move(run.episodes);
}

Transitions synthesise(const MtDiff& model, const torch::Tensor& prompt, int count, int calls,
                       std::uint64_t seed) {
  const PromptTransformerConfig& net = model.config.net;
  FS_CHECK(net.mode == PromptMode::kSynthesis);
  torch::NoGradGuard no_grad;
  PromptCondition condition;
  condition.prompt = prompt.expand({count, net.prompt_tokens, net.prompt_dim()});
  SampleOptions sample;
  sample.prediction = model.config.prediction;
  sample.levels = spread_levels(model.config.levels - 1, calls);
  const auto like = torch::zeros({count, net.horizon, net.output_dim()});
  const auto unit =
      sample_trajectories(net_under(model, condition), NoiseSchedule(model.config.levels), like, {},
                          {}, sample, seed)
          .flatten(0, 1);
  const int s = net.state_dim, a = net.action_dim;
  return {to_physical(model.state, unit.narrow(1, 0, s)),
          to_physical(model.action, unit.narrow(1, s, a)).clamp(-1.0, 1.0),
          (0.5 * (unit.select(1, s + a) + 1)).clamp(0.0, 1.0),
          to_physical(model.state, unit.narrow(1, s + a + 1, s))};
}

Transitions transitions_of(const MtDiffTask& task) {
  std::vector<std::int64_t> rows;
  for (const MazeSegment& e : task.episodes) {
    for (std::int64_t t = e.first; t + 1 < e.first + e.count; ++t) rows.push_back(t);
  }
  const auto index = torch::tensor(rows);
  return {task.states.index_select(0, index), task.actions.index_select(0, index),
          task.rewards.index_select(0, index), task.states.index_select(0, index + 1)};
}

}  // namespace foresight
