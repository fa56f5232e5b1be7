#include "controller/expert/ppo.h"

#include <torch/nn/utils/clip_grad.h>

#include <algorithm>
#include <cmath>

#include "models/autocast.h"
#include "models/safetensors.h"
#include "sim/base/clock.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace foresight {
Ppo::Ppo(TrackingEnv& env, ExpertPolicy policy, const PpoConfig& config, std::uint64_t seed)
    : env_(env),
      policy_(std::move(policy)),
      config_(config),
      optimizer_(policy_->parameters(), torch::optim::AdamOptions(config.max_rate).eps(1e-8)),
      seed_(seed),
      rate_(config.max_rate),
      samples_(config.earlier_samples) {
  const int64_t t = config_.steps, n = env_.worlds(), d = env_.observation_size();
  const int64_t a = env_.action_size();
  now_ = torch::zeros({n, d});
  raw_ = torch::zeros({t, n, d});
  final_raw_ = torch::zeros({n, d});
  observations_ = torch::zeros({t, n, d});
  actions_ = torch::zeros({t, n, a});
  means_ = torch::zeros({t, n, a});
  log_probs_ = torch::zeros({t, n});
  rewards_ = torch::zeros({t, n});
  values_ = torch::zeros({t, n});
  final_values_ = torch::zeros({t, n});
  endings_ = torch::zeros({t, n}, torch::kUInt8);
  env_.reset(now_.data_ptr<float>());
  policy_->normaliser.update(now_);
}

PpoReport Ppo::iterate() {
  PpoReport report;
  const auto start = Clock::now();
  at::manual_seed(random_key(seed_, iteration_));
  // At the highest rate the first steps would spoil a policy that can already do something.
  if (config_.value_iterations > 0 && iteration_ == config_.value_iterations) {
    set_rate(config_.min_rate);
  }
  collect(report);
  report.simulation_share = seconds_since(start);
  estimate_advantages();
  update(report);
  policy_->normaliser.update(raw_.flatten(0, 1));
  ++iteration_;
  samples_ += static_cast<double>(config_.steps) * env_.worlds();
  const double wall = seconds_since(start);
  report.iteration = iteration_;
  report.samples = samples_;
  report.simulation_share /= wall;
  report.steps_per_second = config_.steps * env_.worlds() / wall;
  report.reward = rewards_.mean().item<double>();
  report.failures =
      endings_.eq(static_cast<int>(Ending::kFailed)).to(torch::kFloat32).mean().item<double>();
  report.error = env_.mean_error();
  report.rate = rate_;
  report.std = policy_->std().mean().item<double>();
  return report;
}

torch::Tensor Ppo::policy_mean(const torch::Tensor& observations) {
  const Autocast autocast(config_.bf16, torch::kCPU);
  return policy_->mean(observations);
}

torch::Tensor Ppo::value_of(const torch::Tensor& observations) {
  const Autocast autocast(config_.bf16, torch::kCPU);
  return policy_->state_value(observations);
}

void Ppo::collect(PpoReport&) {
  const torch::NoGradGuard no_grad;
  for (int t = 0; t < config_.steps; ++t) {
    raw_[t].copy_(now_);
    const torch::Tensor x = policy_->normaliser.apply(now_);
    observations_[t].copy_(x);
    const torch::Tensor mean = policy_mean(x);
    const torch::Tensor action = mean + policy_->std() * torch::randn_like(mean);
    means_[t].copy_(mean);
    actions_[t].copy_(action);
    log_probs_[t].copy_(log_probability(action, mean, policy_->log_std));
    values_[t].copy_(value_of(x));
    torch::Tensor rewards = rewards_[t], endings = endings_[t];
    env_.step(actions_[t].data_ptr<float>(), now_.data_ptr<float>(), rewards.data_ptr<float>(),
              reinterpret_cast<Ending*>(endings.data_ptr<std::uint8_t>()),
              final_raw_.data_ptr<float>());
    const torch::Tensor truncated =
        endings.eq(static_cast<int>(Ending::kTruncated)).nonzero().squeeze(-1);
    if (truncated.numel() == 0) continue;
    const torch::Tensor last = policy_->normaliser.apply(final_raw_.index_select(0, truncated));
    final_values_[t].index_copy_(0, truncated, value_of(last));
  }
}

// Generalised advantage estimation (Schulman et al. 2016); a truncated episode continues with the
// value of its last state, a failed one with zero and one at the end of its clip with a usual
// value: the states there are never visited in training, and a value function that bootstraps from
// itself where nothing corrects it grows without bound.
void Ppo::estimate_advantages() {
  const torch::NoGradGuard no_grad;
  advantages_ = torch::zeros_like(rewards_);
  const double usual_value = rewards_.mean().item<double>() / (1 - config_.gamma);
  torch::Tensor next_value = value_of(policy_->normaliser.apply(now_));
  torch::Tensor running = torch::zeros_like(next_value);
  for (int t = config_.steps - 1; t >= 0; --t) {
    const auto ended = [&](Ending how) {
      return endings_[t].eq(static_cast<int>(how)).to(torch::kFloat32);
    };
    const torch::Tensor goes_on = ended(Ending::kNone);
    const torch::Tensor next = goes_on * next_value + ended(Ending::kTruncated) * final_values_[t] +
                               ended(Ending::kFinished) * usual_value;
    const torch::Tensor delta = rewards_[t] + config_.gamma * next - values_[t];
    running = delta + config_.gamma * config_.lambda * goes_on * running;
    advantages_[t].copy_(running);
    next_value = values_[t];
  }
  returns_ = advantages_ + values_;
  advantages_ = (advantages_ - advantages_.mean()) / (advantages_.std() + 1e-6);
}

torch::Tensor Ppo::minibatch_loss(const torch::Tensor& rows, double& kl, double& value_loss) {
  const auto pick = [&](const torch::Tensor& t) { return t.flatten(0, 1).index_select(0, rows); };
  const torch::Tensor x = pick(observations_);
  const torch::Tensor mean = policy_mean(x);
  const torch::Tensor advantage = pick(advantages_);
  const torch::Tensor ratio =
      (log_probability(pick(actions_), mean, policy_->log_std) - pick(log_probs_)).exp();
  const torch::Tensor surrogate =
      torch::min(ratio * advantage, ratio.clamp(1 - config_.clip, 1 + config_.clip) * advantage);
  const torch::Tensor value_error = (value_of(x) - pick(returns_)).square().mean();
  {
    const torch::NoGradGuard no_grad;
    // KL of two Gaussians of equal width, which is what it nearly is between updates.
    kl = ((mean - pick(means_)) / policy_->std()).square().sum(-1).mean().item<double>() / 2;
    value_loss += value_error.item<double>();
  }
  if (!policy_learns()) return value_error;
  const torch::Tensor loss = value_error - surrogate.mean();
  return imitation_ > 0 ? loss + imitation_ * imitation_loss(rows.size(0) / 4) : loss;
}

void Ppo::learn_from(torch::Tensor observations, torch::Tensor actions, double weight) {
  FS_CHECK(observations.size(0) == actions.size(0) && observations.size(0) > 0);
  shown_ = std::move(observations);
  shown_actions_ = std::move(actions);
  imitation_ = weight;
}

void Ppo::set_noise(double std) {
  const torch::NoGradGuard no_grad;
  policy_->log_std.fill_(std::log(std));
}

torch::Tensor Ppo::imitation_loss(int64_t count) {
  const torch::Tensor rows = torch::randint(shown_.size(0), {count}, torch::kLong);
  const torch::Tensor x = policy_->normaliser.apply(shown_.index_select(0, rows));
  const torch::Tensor apart = policy_mean(x) - shown_actions_.index_select(0, rows);
  return 0.5 * (apart / policy_->std().detach()).square().mean();
}

// Apart: the value function's gradient is far larger and would shrink the policy's to nothing.
void Ppo::clip_gradients() {
  std::vector<torch::Tensor> value = policy_->value->parameters(), rest;
  for (const auto& item : policy_->named_parameters()) {
    if (!item.key().starts_with("value.")) rest.push_back(item.value());
  }
  torch::nn::utils::clip_grad_norm_(value, config_.max_grad_norm);
  torch::nn::utils::clip_grad_norm_(rest, config_.max_grad_norm);
}

void Ppo::update(PpoReport& report) {
  const int64_t total = static_cast<int64_t>(config_.steps) * env_.worlds();
  const int64_t size = total / config_.minibatches;
  const double min_log_std = std::log(config_.min_std);
  int batches = 0;
  for (int epoch = 0; epoch < config_.epochs; ++epoch) {
    const torch::Tensor order = torch::randperm(total);
    for (int b = 0; b < config_.minibatches; ++b, ++batches) {
      double kl = 0;
      const torch::Tensor loss =
          minibatch_loss(order.slice(0, b * size, (b + 1) * size), kl, report.value_loss);
      optimizer_.zero_grad();
      loss.backward();
      clip_gradients();
      optimizer_.step();
      const torch::NoGradGuard no_grad;
      policy_->log_std.clamp_(min_log_std, 0.0);
      report.kl += kl;
      adapt_rate(kl);
    }
  }
  report.kl /= batches;
  report.value_loss /= batches;
}

void Ppo::adapt_rate(double kl) {
  if (!policy_learns()) return;
  if (kl > config_.max_kl) rate_ /= 1.2;
  if (kl < config_.min_kl) rate_ *= 1.05;
  set_rate(std::clamp(rate_, config_.min_rate, config_.max_rate));
}

void Ppo::set_rate(double rate) {
  rate_ = rate;
  for (auto& group : optimizer_.param_groups()) {
    static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate_);
  }
}

void Ppo::save(const std::filesystem::path& file) const {
  TensorFile out;
  out.tensors = expert_tensors(policy_);
  const auto parameters = policy_->named_parameters();
  for (const auto& item : parameters) {
    const auto found = optimizer_.state().find(item.value().unsafeGetTensorImpl());
    if (found == optimizer_.state().end()) continue;
    const auto& state = static_cast<const torch::optim::AdamParamState&>(*found->second);
    out.tensors["adam.first." + item.key()] = state.exp_avg().clone();
    out.tensors["adam.second." + item.key()] = state.exp_avg_sq().clone();
    out.tensors["adam.step." + item.key()] = torch::tensor({state.step()}, torch::kInt64);
  }
  const std::vector<double> bins = env_.save();
  out.tensors["env.bins"] = torch::tensor(bins, torch::kFloat64);
  out.tensors["ppo.counters"] =
      torch::tensor({samples_, static_cast<double>(iteration_), rate_}, torch::kFloat64);
  write_file(file, encode_safetensors(out));
}

void Ppo::load(const std::filesystem::path& file) {
  const TensorFile in = decode_safetensors(read_file(file), file.string());
  const auto get = [&](const std::string& name) {
    const auto found = in.tensors.find(name);
    if (found == in.tensors.end())
      throw InputError(file.string() + ": tensor \"" + name + "\" is missing");
    return found->second;
  };
  NamedTensors weights;
  for (const auto& [name, tensor] : in.tensors) {
    if (!name.starts_with("adam.") && !name.starts_with("env.") && !name.starts_with("ppo.")) {
      weights[name] = tensor;
    }
  }
  load_expert_tensors(policy_, weights);
  for (const auto& item : policy_->named_parameters()) {
    auto state = std::make_unique<torch::optim::AdamParamState>();
    state->exp_avg(get("adam.first." + item.key()).clone());
    state->exp_avg_sq(get("adam.second." + item.key()).clone());
    state->step(get("adam.step." + item.key()).item<int64_t>());
    optimizer_.state()[item.value().unsafeGetTensorImpl()] = std::move(state);
  }
  const torch::Tensor bins = get("env.bins").contiguous();
  const torch::Tensor counters = get("ppo.counters").contiguous();
  samples_ = counters[0].item<double>();
  iteration_ = static_cast<long>(counters[1].item<double>());
  set_rate(counters[2].item<double>());
  env_.restore({bins.data_ptr<double>(), bins.data_ptr<double>() + bins.numel()});
}

}  // namespace foresight
