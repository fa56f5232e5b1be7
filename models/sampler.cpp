#include "models/sampler.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "models/random.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr int kStateNoise = 0, kActionNoise = 1;
constexpr int kStartCall = -1;  ///< noise that new tokens start from

/// Posterior coefficients per token, each [tokens, 1]; a token that rests keeps its sample.
struct StepCoefficients {
  torch::Tensor of_clean, of_sample, of_noise;
};

StepCoefficients step_coefficients(const NoiseSchedule& schedule, const std::vector<int>& levels,
                                   const std::vector<int>& down, const torch::Device& device) {
  std::vector<float> clean, sample, noise;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const PosteriorStep step =
        down[i] > 0 ? schedule.posterior(levels[i], down[i]) : PosteriorStep{};
    clean.push_back(static_cast<float>(step.of_clean));
    sample.push_back(static_cast<float>(step.of_sample));
    noise.push_back(static_cast<float>(step.of_noise));
  }
  const auto column = [&](const std::vector<float>& values) {
    return torch::tensor(values).unsqueeze(1).to(device);
  };
  return {column(clean), column(sample), column(noise)};
}

/// [tokens, 1] bool: tokens that are not done yet. A later call must not predict the others again.
torch::Tensor open_tokens(const std::vector<int>& levels, const torch::Device& device) {
  const auto column = torch::tensor(levels).unsqueeze(1);
  return (column >= 0).to(device);
}

torch::Tensor labels_of(const std::vector<int>& levels, int steps, const torch::Device& device) {
  std::vector<std::int64_t> labels;
  for (const int level : levels) labels.push_back(std::clamp(level, 0, steps - 1));
  return torch::tensor(labels, torch::kLong).to(device);
}

RollingSpec make_spec(const DenoiserConfig& model, const SamplerOptions& options) {
  RollingSpec spec;
  spec.steps = model.steps;
  spec.history = model.history;
  spec.frames = model.frames();
  spec.action_frames = model.action_frames;
  spec.action_horizon = model.action_horizon();
  spec.roll_level = options.roll_level < 0 ? default_roll_level(model.steps) : options.roll_level;
  spec.roll_states = options.roll_states;
  spec.roll_actions = options.roll_actions;
  spec.action_rows = options.action_rows;
  spec.stride = options.stride;
  spec.prune = options.prune && model.attention == Attention::kJoint;
  return spec;
}

/// Frames of `kept` [n, N, C] moved `advance` to the front, the last ones from `fresh`.
torch::Tensor shifted(const torch::Tensor& kept, const torch::Tensor& fresh, int advance) {
  const auto count = kept.size(1);
  if (advance >= count) return fresh.clone();
  return torch::cat(
      {kept.narrow(1, advance, count - advance), fresh.narrow(1, count - advance, advance)}, 1);
}

/// Prompts of the worlds `index`, projected; undefined when none of them has one.
Prompt prompts_of(const Prompt& all, const torch::Tensor& index, const Normaliser& normaliser) {
  if (!all.states.defined()) return {};
  Prompt own{normaliser.project(all.states.to(index.device()).index_select(0, index)), {}};
  if (!all.given.defined()) return own;
  own.given = all.given.to(index.device()).index_select(0, index);
  if (!own.given.any().item<bool>()) return {};
  if (own.given.all().item<bool>()) own.given = torch::Tensor();
  return own;
}

}  // namespace

struct Sampler::RowTensors {
  int index = 0, count = 0;  ///< call number of this control step, of how many
  int action_tokens = 0;
  bool keep_actions = false, keeps_states = false;
  torch::Tensor state_labels, action_labels;  ///< [tokens]
  torch::Tensor keep_state;                   ///< [T, 1] bool
  torch::Tensor state_open, action_open;      ///< [tokens, 1] bool
  StepCoefficients state, action;
};

/// Worlds that go through the same rows together.
struct Sampler::Group {
  int candidates = 1;                               ///< rows of one world, one after the other
  std::vector<std::int64_t> worlds;                 ///< of each row
  torch::Tensor world_ids, index;                   ///< [n] on the CPU, on the device
  torch::Tensor samples, actions;                   ///< noisy [n, T, P], [n, A, Da]
  torch::Tensor kept_samples, kept_actions;         ///< for the next control step
  torch::Tensor clean, clean_actions;               ///< last predictions [n, T, D], [n, A, Da]
  torch::Tensor known, known_states, known_tokens;  ///< [n, T] bool, values, projected values
  torch::Tensor known_action, known_actions;        ///< [n, A] bool, values
  PromptMix prompts;                                ///< projected; share [n, 1, 1]
};

Sampler::Sampler(JointDenoiser denoiser, Normaliser normaliser, const SamplerOptions& options,
                 int worlds)
    : denoiser_(std::move(denoiser)),
      normaliser_(std::move(normaliser)),
      options_(options),
      spec_(make_spec(denoiser_->config(), options)),
      schedule_(denoiser_->config().steps),
      seeds_(worlds, 0),
      control_steps_(worlds, 0),
      fresh_(worlds, true) {
  FS_CHECK(worlds >= 1 && normaliser_.projected_dim() == config().projected_dim &&
           normaliser_.state_dim() == config().state_dim &&
           normaliser_.action_dim() == config().action_dim);
  denoiser_->eval();
  const auto options_on_device = normaliser_.projection.options();
  kept_states_ = torch::zeros({worlds, spec_.frames, config().projected_dim}, options_on_device);
  kept_actions_ =
      torch::zeros({worlds, spec_.action_frames, config().action_dim}, options_on_device);
  clean_ = torch::zeros({worlds, spec_.frames, config().state_dim}, options_on_device);
  schedule_for(0);
  schedule_for(1);
}

void Sampler::reset(int world, std::uint64_t seed) {
  FS_CHECK(world >= 0 && world < worlds());
  seeds_[world] = seed;
  control_steps_[world] = 0;
  fresh_[world] = true;
}

Sampler::RowTensors Sampler::row_tensors(const Row& row, int index, int count) const {
  const auto device = normaliser_.projection.device();
  RowTensors tensors;
  tensors.index = index;
  tensors.count = count;
  tensors.action_tokens = row.action_tokens;
  tensors.keep_actions = row.keep_actions;
  tensors.state_labels = labels_of(row.state_levels, spec_.steps, device);
  tensors.action_labels = labels_of(row.action_levels, spec_.steps, device);
  tensors.state_open = open_tokens(row.state_levels, device);
  tensors.action_open = open_tokens(row.action_levels, device);
  tensors.state = step_coefficients(schedule_, row.state_levels, row.state_down, device);
  tensors.action = step_coefficients(schedule_, row.action_levels, row.action_down, device);
  const std::vector<int> keep(row.keep_state.begin(), row.keep_state.end());
  tensors.keep_state = torch::tensor(keep).to(torch::kBool).unsqueeze(1).to(device);
  tensors.keeps_states = std::count(keep.begin(), keep.end(), 1) > 0;
  return tensors;
}

const Sampler::Schedule& Sampler::schedule_for(int advance) {
  auto& entry = schedules_[advance];
  if (!entry) {
    entry = std::make_shared<const Schedule>(
        make_schedule(advance == 0 ? first_rows(spec_) : rolling_rows(spec_, advance)));
  }
  return *entry;
}

Sampler::Schedule Sampler::make_schedule(const std::vector<Row>& rows) const {
  Schedule made;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    made.push_back(row_tensors(rows[i], static_cast<int>(i), static_cast<int>(rows.size())));
  }
  return made;
}

torch::Tensor Sampler::noise(const Group& group, int call, int kind, int tokens, int dim) const {
  auto values = torch::empty({static_cast<std::int64_t>(group.worlds.size()), tokens, dim});
  const double std = kind == kStateNoise ? options_.state_temperature : options_.action_temperature;
  auto generator = keyed_generator(0);
  for (std::size_t i = 0; i < group.worlds.size(); ++i) {
    const auto world = group.worlds[i];
    const auto key = random_key(seeds_[world], control_steps_[world], call, kind);
    const auto candidate = i % static_cast<std::size_t>(group.candidates);
    generator.set_current_seed(candidate == 0 ? key : random_key(key, candidate));
    values.select(0, static_cast<std::int64_t>(i)).normal_(0.0, std, generator);
  }
  return values.to(normaliser_.projection.device());
}

void Sampler::fill_known(Group& group, const PlanRequest& request) const {
  const auto count = static_cast<std::int64_t>(group.worlds.size());
  const auto options = normaliser_.projection.options();
  const auto flags = options.dtype(torch::kBool);
  const auto pick = [&](const torch::Tensor& all) {
    return all.to(options.device()).index_select(0, group.index);
  };
  group.known = torch::zeros({count, spec_.frames}, flags);
  group.known_states = torch::zeros({count, spec_.frames, config().state_dim}, options);
  if (request.state_mask.defined()) {
    group.known.copy_(pick(request.state_mask));
    group.known_states.copy_(pick(request.state_values));
  }
  group.known.narrow(1, 0, spec_.history).fill_(true);
  group.known_states.narrow(1, 0, spec_.history).copy_(pick(request.history));
  group.known_tokens = normaliser_.project(group.known_states);

  group.known_action = torch::zeros({count, spec_.action_frames}, flags);
  group.known_actions = torch::zeros({count, spec_.action_frames, config().action_dim}, options);
  const int past = spec_.history - 1;
  if (options_.past_actions == PastActions::kExecuted && past > 0) {
    group.known_action.narrow(1, 0, past).fill_(true);
    group.known_actions.narrow(1, 0, past).copy_(pick(request.past_actions));
  }
}

void Sampler::start_samples(Group& group, int advance) const {
  const auto state_noise =
      noise(group, kStartCall, kStateNoise, spec_.frames, config().projected_dim);
  const auto action_noise =
      noise(group, kStartCall, kActionNoise, spec_.action_frames, config().action_dim);
  const bool rolling = advance > 0;
  group.samples = rolling && spec_.roll_states
                      ? shifted(kept_states_.index_select(0, group.index), state_noise, advance)
                      : state_noise;
  group.actions = rolling && spec_.roll_actions
                      ? shifted(kept_actions_.index_select(0, group.index), action_noise, advance)
                      : action_noise;
  group.kept_samples = group.samples;
  group.kept_actions = group.actions;
  group.clean = group.known_states;
  group.clean_actions = torch::zeros_like(group.actions);
}

/// Moves the mean of the kept noisy states by what re-expression does to their clean prediction;
/// isotropic noise needs no rotation.
void Sampler::reexpress_samples(Group& group, const PlanRequest& request) const {
  const int kept = spec_.frames - request.advance;
  const auto last = clean_.index_select(0, group.index);
  const auto old =
      torch::cat({last.narrow(1, request.advance, kept),
                  last.narrow(1, spec_.frames - 1, 1).expand({-1, request.advance, -1})},
                 1);
  const auto moved = normaliser_.project(request.reexpress(old, group.world_ids) - old);
  group.samples.narrow(1, 0, kept)
      .add_(moved.narrow(1, 0, kept), schedule_.sqrt_abar[spec_.roll_level]);
}

Sampler::Group Sampler::start_group(const std::vector<std::int64_t>& worlds,
                                    const PlanRequest& request, int advance, int candidates) const {
  Group group;
  group.candidates = candidates;
  for (const auto world : worlds) group.worlds.insert(group.worlds.end(), candidates, world);
  group.world_ids = torch::tensor(group.worlds, torch::kLong);
  group.index = group.world_ids.to(normaliser_.projection.device());
  fill_known(group, request);
  const PromptMix& prompts = request.prompts;
  group.prompts.prompt = prompts_of(prompts.prompt, group.index, normaliser_);
  if (prompts.share.defined()) {
    group.prompts.other = prompts_of(prompts.other, group.index, normaliser_);
    group.prompts.share =
        prompts.share.to(group.index.device()).index_select(0, group.index).view({-1, 1, 1});
  }
  start_samples(group, advance);
  if (advance > 0 && spec_.roll_states && request.reexpress) reexpress_samples(group, request);
  return group;
}

torch::Tensor Sampler::limited(const Group& group, const RowTensors& row,
                               const torch::Tensor& labels, const torch::Tensor& clean,
                               const Guidance& guidance) const {
  const auto known = group.known.unsqueeze(2);
  auto result = clean;
  if (guidance) {
    GuidanceCall call{torch::where(known, group.known_states, clean),
                      labels,
                      group.known,
                      group.world_ids,
                      row.index,
                      row.count};
    result = guidance(call).detach();
    FS_CHECK(result.sizes() == clean.sizes());
  }
  return torch::where(known, group.known_states, result.clamp(-options_.clamp, options_.clamp));
}

void Sampler::step_states(Group& group, const RowTensors& row) const {
  if (row.keeps_states) {
    group.kept_samples = torch::where(row.keep_state, group.samples, group.kept_samples);
  }
  const auto random = noise(group, row.index, kStateNoise, spec_.frames, config().projected_dim);
  group.samples = normaliser_.project(group.clean) * row.state.of_clean +
                  group.samples * row.state.of_sample + random * row.state.of_noise;
}

void Sampler::step_actions(Group& group, const RowTensors& row, const torch::Tensor& clean) const {
  const int count = row.action_tokens;
  const auto known = group.known_action.narrow(1, 0, count).unsqueeze(2);
  const auto best = torch::where(known, group.known_actions.narrow(1, 0, count),
                                 clean.clamp(-options_.clamp, options_.clamp));
  const auto random =
      noise(group, row.index, kActionNoise, spec_.action_frames, config().action_dim);
  const auto before = group.actions;
  group.actions = before.clone();
  const auto coefficient = [&](const torch::Tensor& all) { return all.narrow(0, 0, count); };
  group.actions.narrow(1, 0, count)
      .copy_(best * coefficient(row.action.of_clean) +
             before.narrow(1, 0, count) * coefficient(row.action.of_sample) +
             random.narrow(1, 0, count) * coefficient(row.action.of_noise));
  const auto latest = group.clean_actions.narrow(1, 0, count);
  latest.copy_(torch::where(coefficient(row.action_open), best, latest));
  if (!row.keep_actions) return;
  const int later = spec_.action_frames - spec_.history;
  group.kept_actions = torch::cat(
      {before.narrow(1, 0, spec_.history), group.actions.narrow(1, spec_.history, later)}, 1);
}

CleanPrediction Sampler::predict(const Group& group, const torch::Tensor& states,
                                 const torch::Tensor& state_labels, const torch::Tensor& actions,
                                 const torch::Tensor& action_labels) const {
  auto denoiser = denoiser_;  // the network object is shared; evaluation does not change it
  const PromptMix& prompts = group.prompts;
  auto clean = denoiser->forward(states, state_labels, actions, action_labels, prompts.prompt);
  if (!prompts.share.defined()) return clean;
  const auto other = denoiser->forward(states, state_labels, actions, action_labels, prompts.other);
  clean.states = torch::lerp(clean.states, other.states, prompts.share);
  clean.actions = torch::lerp(clean.actions, other.actions, prompts.share);
  return clean;
}

void Sampler::run_row(Group& group, const RowTensors& row, const PlanRequest& request) const {
  const int count = row.action_tokens;
  const auto worlds = static_cast<std::int64_t>(group.worlds.size());
  const auto state_labels =
      row.state_labels.expand({worlds, spec_.frames}).masked_fill(group.known, 0);
  const auto action_known = group.known_action.narrow(1, 0, count);
  const auto action_labels =
      row.action_labels.narrow(0, 0, count).expand({worlds, count}).masked_fill(action_known, 0);
  const auto states = torch::where(group.known.unsqueeze(2), group.known_tokens, group.samples);
  const auto actions =
      torch::where(action_known.unsqueeze(2), group.known_actions.narrow(1, 0, count),
                   group.actions.narrow(1, 0, count));
  const auto clean = predict(group, states, state_labels, actions, action_labels);
  group.clean =
      torch::where(row.state_open,
                   limited(group, row, state_labels, clean.states, request.guidance), group.clean);
  step_states(group, row);
  if (count > 0) step_actions(group, row, clean.actions);
}

void Sampler::keep_cheapest(Group& group, const Ranking& ranking) const {
  constexpr double kWorst = std::numeric_limits<double>::infinity();
  const auto costs = ranking(group.clean, group.world_ids).to(torch::kCPU, torch::kDouble);
  const auto worlds = static_cast<std::int64_t>(group.worlds.size()) / group.candidates;
  const auto best = costs.nan_to_num(kWorst, kWorst).view({worlds, group.candidates}).argmin(1) +
                    torch::arange(worlds) * group.candidates;
  const auto rows = best.to(group.index.device());
  for (torch::Tensor* all : {&group.clean, &group.clean_actions, &group.kept_samples,
                             &group.kept_actions, &group.index}) {
    *all = all->index_select(0, rows);
  }
  group.world_ids = group.world_ids.index_select(0, best);
  for (std::int64_t i = 0; i < worlds; ++i) group.worlds[i] = group.worlds[i * group.candidates];
  group.worlds.resize(worlds);
}

void Sampler::store_group(const Group& group, Plan& plan) {
  plan.states.index_copy_(0, group.index, group.clean);
  plan.actions.index_copy_(0, group.index, group.clean_actions);
  kept_states_.index_copy_(0, group.index, group.kept_samples);
  kept_actions_.index_copy_(0, group.index, group.kept_actions);
  clean_.index_copy_(0, group.index, group.clean);
  for (const auto world : group.worlds) {
    ++control_steps_[world];
    fresh_[world] = false;
  }
}

Plan Sampler::run_groups(const PlanRequest& request) {
  const bool stale = request.advance >= spec_.frames - spec_.history;
  std::vector<std::int64_t> members[2];  // rolling, fresh
  for (int i = 0; i < worlds(); ++i) members[fresh_[i] || stale ? 1 : 0].push_back(i);
  Plan plan;
  plan.states = torch::empty_like(clean_);
  plan.actions = torch::empty_like(kept_actions_);
  for (int fresh = 0; fresh < 2; ++fresh) {
    if (members[fresh].empty()) continue;
    const int advance = fresh ? 0 : request.advance;
    const Schedule& schedule = schedule_for(advance);
    const int candidates = request.ranking ? options_.candidates : 1;
    Group group = start_group(members[fresh], request, advance, candidates);
    for (const RowTensors& row : schedule) run_row(group, row, request);
    if (candidates > 1) keep_cheapest(group, request.ranking);
    plan.network_calls += static_cast<int>(schedule.size());
    store_group(group, plan);
  }
  plan.action = plan.actions.select(1, config().now());
  return plan;
}

Plan Sampler::plan(const PlanRequest& request) {
  FS_CHECK(request.advance >= 1 && request.history.dim() == 3 &&
           request.history.size(0) == worlds() && request.history.size(1) == spec_.history &&
           request.history.size(2) == config().state_dim);
  FS_CHECK(options_.past_actions == PastActions::kQueue || request.past_actions.defined());
  torch::NoGradGuard no_grad;
  return run_groups(request);
}

Plan Sampler::follow(const PlanRequest& request, const torch::Tensor& planned) {
  const torch::NoGradGuard no_grad;
  if (!follow_schedule_) {
    follow_schedule_ =
        std::make_shared<const Schedule>(make_schedule(follow_rows(spec_, options_.follow_level)));
  }
  std::vector<std::int64_t> all(worlds());
  std::iota(all.begin(), all.end(), 0);
  PlanRequest unguided;
  unguided.history = request.history;
  unguided.past_actions = request.past_actions;
  unguided.prompts = request.prompts;
  Group group = start_group(all, unguided, 0, 1);
  const auto level = static_cast<std::size_t>(options_.follow_level);
  group.samples = normaliser_.project(planned) * schedule_.sqrt_abar[level] +
                  group.samples * schedule_.sqrt_one_minus_abar[level];
  for (const RowTensors& row : *follow_schedule_) run_row(group, row, unguided);
  for (auto& step : control_steps_) ++step;
  Plan plan;
  plan.states = group.clean;
  plan.actions = group.clean_actions;
  plan.action = plan.actions.select(1, config().now());
  plan.network_calls = static_cast<int>(follow_schedule_->size());
  return plan;
}

std::vector<torch::Tensor> Sampler::snapshot() const {
  auto counters = torch::empty({worlds(), 3}, torch::kLong);
  auto table = counters.accessor<std::int64_t, 2>();
  for (int i = 0; i < worlds(); ++i) {
    table[i][0] = static_cast<std::int64_t>(seeds_[i]);
    table[i][1] = control_steps_[i];
    table[i][2] = fresh_[i] ? 1 : 0;
  }
  return {kept_states_.cpu().clone(), kept_actions_.cpu().clone(), clean_.cpu().clone(), counters};
}

void Sampler::restore(const std::vector<torch::Tensor>& state) {
  FS_CHECK(state.size() == 4);
  const bool fits = state[0].sizes() == kept_states_.sizes() &&
                    state[1].sizes() == kept_actions_.sizes() &&
                    state[2].sizes() == clean_.sizes() && state[3].dim() == 2 &&
                    state[3].size(0) == worlds() && state[3].size(1) == 3;
  if (!fits) throw InputError("the saved sampler state belongs to another model or batch size");
  kept_states_.copy_(state[0]);
  kept_actions_.copy_(state[1]);
  clean_.copy_(state[2]);
  const auto table = state[3].accessor<std::int64_t, 2>();
  for (int i = 0; i < worlds(); ++i) {
    seeds_[i] = static_cast<std::uint64_t>(table[i][0]);
    control_steps_[i] = table[i][1];
    fresh_[i] = table[i][2] != 0;
  }
}

}  // namespace foresight
