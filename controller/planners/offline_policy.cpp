#include "controller/planners/offline_policy.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "controller/planners/maze_windows.h"
#include "models/random.h"
#include "models/trainer.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

torch::nn::Sequential relu_mlp(int inputs, int hidden, int outputs) {
  return torch::nn::Sequential(torch::nn::Linear(inputs, hidden), torch::nn::ReLU(),
                               torch::nn::Linear(hidden, hidden), torch::nn::ReLU(),
                               torch::nn::Linear(hidden, outputs));
}

/// Actor, or the two critics.
struct ActorImpl : torch::nn::Module {
  ActorImpl(int state, int action, int hidden) {
    net = register_module("net", relu_mlp(state, hidden, action));
  }
  torch::Tensor forward(const torch::Tensor& s) { return net->forward(s).tanh(); }
  torch::nn::Sequential net{nullptr};
};
TORCH_MODULE(Actor);

struct CriticsImpl : torch::nn::Module {
  CriticsImpl(int state, int action, int hidden) {
    first = register_module("first", relu_mlp(state + action, hidden, 1));
    second = register_module("second", relu_mlp(state + action, hidden, 1));
  }
  torch::nn::Sequential first{nullptr}, second{nullptr};
};
TORCH_MODULE(Critics);

void follow(torch::nn::Module& target, const torch::nn::Module& source, double rate) {
  torch::NoGradGuard no_grad;
  auto to = target.parameters();
  const auto from = source.parameters();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].lerp_(from[i], rate);
}

TrainerConfig policy_trainer_config(const OfflineOptions& o, std::uint64_t key) {
  TrainerConfig c;
  c.learning_rate = o.learning_rate;
  c.final_rate = 1.0;
  c.warmup_steps = 0;
  c.weight_decay = 0;
  c.beta2 = 0.999;
  c.clip_norm = 0;
  c.total_steps = o.steps;
  c.seed = random_key(o.seed, key);
  return c;
}

int size(const torch::Tensor& rows) { return static_cast<int>(rows.size(1)); }

/// Networks, their targets and normalised data.
struct Learner {
  OfflineOptions options;
  Scaling scaling;
  torch::Tensor states, actions, rewards, next;
  Actor actor, actor_target;
  Critics critics, critics_target;
  Trainer actor_trainer, critics_trainer;

  Learner(const Transitions& data, const OfflineOptions& o)
      : options(o),
        scaling(limits_of(data.states)),
        states(to_unit(scaling, data.states)),
        actions(data.actions),
        rewards(data.rewards),
        next(to_unit(scaling, data.next_states)),
        actor(size(states), size(actions), o.hidden),
        actor_target(size(states), size(actions), o.hidden),
        critics(size(states), size(actions), o.hidden),
        critics_target(size(states), size(actions), o.hidden),
        actor_trainer(actor.ptr(), policy_trainer_config(o, 1)),
        critics_trainer(critics.ptr(), policy_trainer_config(o, 2)) {
    follow(*actor_target, *actor, 1.0);
    follow(*critics_target, *critics, 1.0);
  }

  StepLoss critic_loss(const torch::Tensor& index, std::uint64_t key) {
    const auto s = states.index_select(0, index), a = actions.index_select(0, index);
    const auto n = next.index_select(0, index);
    torch::Tensor target;
    {
      torch::NoGradGuard no_grad;
      const auto noise = (options.policy_noise * torch::randn(a.sizes(), keyed_generator(key)))
                             .clamp(-options.noise_clip, options.noise_clip);
      const auto best = (actor_target(n) + noise).clamp(-1.0, 1.0);
      const auto pair = torch::cat({n, best}, 1);
      const auto value = torch::minimum(critics_target->first->forward(pair),
                                        critics_target->second->forward(pair));
      target = rewards.index_select(0, index).unsqueeze(1) + options.discount * value;
    }
    const auto pair = torch::cat({s, a}, 1);
    const auto loss = (critics->first->forward(pair) - target).square().mean() +
                      (critics->second->forward(pair) - target).square().mean();
    return {loss, {}};
  }

  StepLoss actor_loss(const torch::Tensor& index) {
    const auto s = states.index_select(0, index), a = actions.index_select(0, index);
    const auto chosen = actor(s);
    const auto cloning = (chosen - a).square().mean();
    if (options.alpha <= 0) return {cloning, {}};
    const auto value = critics->first->forward(torch::cat({s, chosen}, 1));
    const auto weight = options.alpha / value.detach().abs().mean().clamp_min(1e-6);
    return {cloning - weight * value.mean(), {}};
  }

  void step(std::int64_t t) {
    const std::uint64_t key = random_key(options.seed, t);
    const auto index = torch::randint(states.size(0), {options.batch},
                                      keyed_generator(random_key(key, 1)), torch::kLong);
    if (options.alpha > 0) {
      critics_trainer.step([&](std::int64_t) { return critic_loss(index, random_key(key, 2)); });
    }
    if (t % options.policy_delay != 0) return;
    actor_trainer.step([&](std::int64_t) { return actor_loss(index); });
    follow(*actor_target, *actor, options.target_rate);
    follow(*critics_target, *critics, options.target_rate);
  }
};

}  // namespace

MazePolicy OfflinePolicy::policy(const torch::Tensor& context) const {
  return [act = act, context](const MazeObservation& state, const MazePoint&, int) {
    auto row = torch::tensor({state[0], state[1], state[2], state[3]}, torch::kFloat);
    if (context.defined()) row = torch::cat({row, context});
    const auto action = act(row.unsqueeze(0));
    return MazeAction{action[0][0].item<double>(), action[0][1].item<double>()};
  };
}

OfflinePolicy train_offline(const Transitions& data, const OfflineOptions& options) {
  torch::manual_seed(options.seed);
  Learner learner(data, options);
  for (std::int64_t t = 0; t < options.steps; ++t) learner.step(t);
  return {[actor = learner.actor, scaling = learner.scaling](const torch::Tensor& states) mutable {
    torch::NoGradGuard no_grad;
    return actor(to_unit(scaling, states));
  }};
}

torch::Tensor map_context(const MazeLayout& layout) {
  return torch::tensor(interior_walls(layout));
}

Transitions multi_task_transitions(const std::vector<MtDiffTask>& tasks) {
  Transitions all;
  for (const MtDiffTask& task : tasks) {
    Transitions one = transitions_of(task);
    const auto context = map_context(find_maze(task.maze)).expand({one.states.size(0), -1});
    one.states = torch::cat({one.states, context}, 1);
    one.next_states = torch::cat({one.next_states, context}, 1);
    all = all.states.defined() ? concatenate(all, one) : one;
  }
  return all;
}

Transitions concatenate(const Transitions& a, const Transitions& b) {
  return {torch::cat({a.states, b.states}), torch::cat({a.actions, b.actions}),
          torch::cat({a.rewards, b.rewards}), torch::cat({a.next_states, b.next_states})};
}

}  // namespace foresight
