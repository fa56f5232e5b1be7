#include "controller/planners/decision_diffuser.h"

#include "controller/planners/maze_windows.h"
#include "models/checkpoint.h"
#include "models/random.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

using nlohmann::json;

TemporalUNetConfig net_config(const DecisionDiffuserConfig& c) {
  TemporalUNetConfig net;
  net.channels = c.state_dim;
  net.width = c.width;
  net.multipliers = c.multipliers;
  net.condition = c.condition;
  return net;
}

/// The first `count` states of plans [B, frames, D].
torch::Tensor history_mask(std::int64_t batch, const DecisionDiffuserConfig& c,
                           std::int64_t count) {
  auto mask = torch::zeros({batch, c.frames, c.state_dim}, torch::kBool);
  mask.narrow(1, 0, count).fill_(true);
  return mask;
}

TrajectoryNet conditional_net(const DecisionDiffuser& model, const std::vector<float>& values) {
  FS_CHECK(static_cast<int>(values.size()) == model.config.condition);
  const auto one = torch::tensor(values).unsqueeze(0);
  return
      [net = model.nets->states, one](const torch::Tensor& x, const torch::Tensor& levels) mutable {
        return net->forward(x, levels, {one.expand({x.size(0), one.size(1)}), {}});
      };
}

TrajectoryNet guided_net(const DecisionDiffuser& model, const DecisionOptions& o) {
  const TrajectoryNet base = [net = model.nets->states](const torch::Tensor& x,
                                                        const torch::Tensor& levels) mutable {
    return net->forward(x, levels);
  };
  std::vector<TrajectoryNet> nets;
  std::vector<double> weights;
  for (const WeightedCondition& condition : o.conditions) {
    nets.push_back(conditional_net(model, condition.values));
    weights.push_back(condition.weight);
  }
  return compose_conditions(base, nets, weights);
}

}  // namespace

void check_config(const DecisionDiffuserConfig& c) {
  check_config(net_config(c));
  const int unit = net_config(c).length_unit();
  require_config("decision diffuser", c.state_dim >= 1 && c.action_dim >= 1,
                 "state_dim, action_dim", "at least 1");
  require_config("decision diffuser", c.frames >= 2 && c.frames % unit == 0, "frames",
                 "a multiple of " + std::to_string(unit));
  require_config("decision diffuser", c.history >= 1 && c.history < c.frames, "history",
                 "at least 1 and below frames");
  require_config("decision diffuser", c.levels >= 2 && c.levels <= 1000, "levels",
                 "between 2 and 1000");
  require_config("decision diffuser", c.dropout >= 0 && c.dropout < 1, "dropout", "in [0, 1)");
  require_config("decision diffuser", c.hidden >= 1, "hidden", "at least 1");
  require_config("decision diffuser", c.condition >= 1, "condition", "at least 1");
}

json to_json(const DecisionDiffuserConfig& c) {
  return {{"state_dim", c.state_dim},
          {"action_dim", c.action_dim},
          {"frames", c.frames},
          {"history", c.history},
          {"levels", c.levels},
          {"dropout", c.dropout},
          {"hidden", c.hidden},
          {"condition", c.condition},
          {"width", c.width},
          {"multipliers", c.multipliers},
          {"prediction", c.prediction == Prediction::kClean ? "clean" : "noise"}};
}

DecisionDiffuserConfig decision_diffuser_config_from_json(const json& j) {
  DecisionDiffuserConfig c;
  try {
    c.state_dim = j.at("state_dim").get<int>();
    c.action_dim = j.at("action_dim").get<int>();
    c.frames = j.at("frames").get<int>();
    c.history = j.at("history").get<int>();
    c.levels = j.at("levels").get<int>();
    c.dropout = j.at("dropout").get<double>();
    c.hidden = j.at("hidden").get<int>();
    c.condition = j.at("condition").get<int>();
    c.width = j.at("width").get<int>();
    c.multipliers = j.at("multipliers").get<std::vector<int>>();
    const bool clean = j.at("prediction").get<std::string>() == "clean";
    c.prediction = clean ? Prediction::kClean : Prediction::kNoise;
  } catch (const json::exception& error) {
    throw InputError(std::string("decision diffuser config: ") + error.what());
  }
  check_config(c);
  return c;
}

DecisionNetsImpl::DecisionNetsImpl(const DecisionDiffuserConfig& c) {
  states = register_module("states", TemporalUNet(net_config(c)));
  inverse = register_module("inverse", InverseDynamics(c.state_dim, c.action_dim, c.hidden));
}

DecisionDiffuser make_decision_diffuser(const DecisionDiffuserConfig& config, std::uint64_t seed) {
  check_config(config);
  torch::manual_seed(seed);
  DecisionDiffuser model;
  model.config = config;
  model.nets = DecisionNets(config);
  return model;
}

StepLoss decision_loss(DecisionDiffuser& model, const NoiseSchedule& schedule,
                       const DecisionBatch& batch, std::uint64_t seed, std::int64_t step) {
  const DecisionDiffuserConfig& c = model.config;
  const auto count = batch.states.size(0);
  const auto states = to_unit(model.state, batch.states);
  const auto actions = to_unit(model.action, batch.actions);
  const auto keep = torch::rand({count}, keyed_generator(random_key(seed, step, 41)))
                        .ge(c.dropout)
                        .to(torch::kFloat);
  Rng rng{random_key(seed, step, 42)};
  // Half of the batches know the first state alone: the plan made there decides about the rest.
  const bool first_only = rng.uniform() < 0.5;
  const auto known = history_mask(count, c, first_only ? 1 : 1 + rng.index(c.history));
  const TrajectoryNet net = [&](const torch::Tensor& x, const torch::Tensor& levels) {
    return model.nets->states->forward(x, levels, {batch.conditions, keep});
  };
  const auto diffusion =
      trajectory_loss(net, schedule, c.prediction, states, known, {}, seed, step);
  const auto guess = model.nets->inverse->forward(states.narrow(1, 0, c.frames - 1),
                                                  states.narrow(1, 1, c.frames - 1));
  const auto inverse = (guess - actions.narrow(1, 0, c.frames - 1)).square().mean();
  return {0.5 * (diffusion + inverse),
          {{"states", diffusion.detach()}, {"inverse", inverse.detach()}}};
}

PlannerTrainingResult train_decision_diffuser(DecisionDiffuser& model, const std::string& name,
                                              const DecisionSource& source,
                                              const json& training_data,
                                              const PlannerTrainingOptions& options) {
  const NoiseSchedule schedule(model.config.levels);
  const LossFunction loss = [&](std::int64_t step) {
    return decision_loss(model, schedule, source(step), options.seed, step);
  };
  const auto save = [&](const NamedTensors& weights, const PlannerTrainingResult& result) {
    Checkpoint checkpoint;
    checkpoint.tensors = weights;
    add_scaling(checkpoint.tensors, "state", model.state);
    add_scaling(checkpoint.tensors, "action", model.action);
    checkpoint.tensors = half_precision(checkpoint.tensors, "normaliser.");
    checkpoint.contract = {{"kind", "decision_diffuser"},
                           {"model", to_json(model.config)},
                           {"training_data", training_data},
                           {"metrics",
                            {{"steps", result.steps},
                             {"loss", result.loss},
                             {"parameters", parameter_count(*model.nets)}}}};
    model.contract = checkpoint.contract;
    save_checkpoint(options.out / (name + ".safetensors"), checkpoint);
  };
  const json settings = {{"model", to_json(model.config)}, {"data", training_data}};
  return train_planner(name, model.nets.ptr(), loss, settings, options, save);
}

torch::Tensor plan_states(const DecisionDiffuser& model, const torch::Tensor& history,
                          const DecisionOptions& options) {
  const DecisionDiffuserConfig& c = model.config;
  FS_CHECK(history.dim() == 3 && history.size(1) >= 1 && history.size(1) <= c.history &&
           history.size(2) == c.state_dim);
  torch::NoGradGuard no_grad;
  const auto batch = history.size(0), count = history.size(1);
  Inpainting known{history_mask(batch, c, count), torch::zeros({batch, c.frames, c.state_dim})};
  known.values.narrow(1, 0, count).copy_(to_unit(model.state, history));
  SampleOptions sample;
  sample.prediction = c.prediction;
  sample.levels = spread_levels(c.levels - 1, options.calls);
  sample.repeats = options.repeats;
  sample.temperature = options.temperature;
  sample.start_temperature = options.temperature;
  const auto unit = sample_trajectories(guided_net(model, options), NoiseSchedule(c.levels),
                                        known.values, known, {}, sample, options.seed);
  return to_physical(model.state, unit);
}

torch::Tensor inverse_action(const DecisionDiffuser& model, const torch::Tensor& state,
                             const torch::Tensor& next) {
  torch::NoGradGuard no_grad;
  auto nets = model.nets;
  return to_physical(model.action, nets->inverse->forward(to_unit(model.state, state),
                                                          to_unit(model.state, next)));
}

DecisionDiffuser load_decision_diffuser(const std::filesystem::path& path) {
  const Checkpoint checkpoint = load_checkpoint(path);
  check_contract(checkpoint, path.string(), "kind", "decision_diffuser");
  DecisionDiffuser model = make_decision_diffuser(
      decision_diffuser_config_from_json(checkpoint.contract.at("model")), 0);
  model.contract = checkpoint.contract;
  const DecisionDiffuserConfig& c = model.config;
  model.state = read_scaling(checkpoint.tensors, "state", c.state_dim, path.string());
  model.action = read_scaling(checkpoint.tensors, "action", c.action_dim, path.string());
  load_module(*model.nets, checkpoint.tensors, "net.");
  model.nets->eval();
  return model;
}

}  // namespace foresight
