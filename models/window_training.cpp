#include "models/window_training.h"

#include <algorithm>

#include "models/autocast.h"
#include "models/random.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr int kStateNoiseKey = 11, kActionNoiseKey = 12, kWindowLevelKey = 13;
constexpr double kLastCallShare = 0.3;
constexpr int kLastLevels = 4;  ///< levels at which states may be in the last call

torch::Tensor keyed_noise(const torch::Tensor& like, std::uint64_t key) {
  return torch::randn(like.sizes(), keyed_generator(key, like.device()), like.options());
}

/// Projection in float32 also inside autocast: targets must not be rounded.
torch::Tensor project_exactly(const Normaliser& normaliser, const torch::Tensor& states) {
  const NoAutocast no_rounding;
  return normaliser.project(states);
}

int roll_level_of(const DenoiserConfig& model, const WindowTrainingConfig& config) {
  return config.roll_level < 0 ? default_roll_level(model.steps) : config.roll_level;
}

/// Levels of one window as in a call of the sampler: a random row of a control step. When actions
/// roll, states and actions draw their rows apart, so both orders of the action calls are covered.
/// Else actions are noise, as in the last call, which makes them; more windows than by chance are
/// of that call.
void draw_pattern(const DenoiserConfig& model, const WindowTrainingConfig& config, Rng& rng,
                  std::int64_t* states, std::int64_t* actions) {
  const int noisiest = model.steps - 1, roll = roll_level_of(model, config);
  const bool first = rng.uniform() < config.first_call_share;
  const int start = first ? noisiest : roll;
  const bool last_call = !config.roll_actions && rng.uniform() < kLastCallShare;
  const int row = last_call ? start - rng.index(kLastLevels) : rng.index(start + 1);
  const int newest = first ? noisiest : std::min(2 * noisiest - roll, 2 * roll);
  for (int i = model.history; i < model.frames(); ++i) {
    const bool last = i + 1 == model.frames();
    states[i] = std::clamp((last ? newest : start) - row, 0, noisiest);
  }
  if (!config.roll_actions) {
    std::fill_n(actions, model.action_frames, noisiest);
    return;
  }
  const int queue_start = std::max(0, noisiest - model.action_horizon());
  const int level = first ? noisiest - row : rng.index(queue_start + 1);
  for (int i = 0; i < model.action_frames; ++i) {
    actions[i] = std::min(level + std::max(0, i - model.now()), noisiest);
  }
}

void draw_independent(const DenoiserConfig& model, Rng& rng, std::int64_t* states,
                      std::int64_t* actions) {
  for (int i = model.history; i < model.frames(); ++i) states[i] = rng.index(model.steps);
  for (int i = 0; i < model.action_frames; ++i) actions[i] = rng.index(model.steps);
}

/// What the network sees: noisy tokens and their levels.
struct NoisyBatch {
  torch::Tensor states, actions;
  TokenLevels levels;
  Prompt prompt;  // without noise
};

CleanPrediction predict(JointDenoiser& denoiser, const NoisyBatch& noisy) {
  return denoiser->forward(noisy.states, noisy.levels.states, noisy.actions, noisy.levels.actions,
                           noisy.prompt);
}

NoisyBatch make_noisy(const DenoiserConfig& model, const Normaliser& normaliser,
                      const NoiseSchedule& schedule, const WindowTrainingConfig& config,
                      const WindowBatch& batch, const torch::Tensor& projected, TokenLevels levels,
                      std::int64_t step) {
  const auto device = projected.device();
  levels.states = levels.states.to(device);
  levels.actions = levels.actions.to(device);
  NoisyBatch noisy;
  noisy.states = add_noise(schedule, projected, levels.states,
                           keyed_noise(projected, random_key(config.seed, step, kStateNoiseKey)));
  if (!config.noisy_history) {
    noisy.states.narrow(1, 0, model.history).copy_(projected.narrow(1, 0, model.history));
  }
  noisy.actions =
      add_noise(schedule, batch.actions, levels.actions,
                keyed_noise(batch.actions, random_key(config.seed, step, kActionNoiseKey)));
  const int past = model.history - 1;
  if (config.past_actions == PastActions::kExecuted && past > 0) {
    const auto& executed = batch.executed.defined() ? batch.executed : batch.actions;
    noisy.actions.narrow(1, 0, past).copy_(executed.narrow(1, 0, past));
    levels.actions.narrow(1, 0, past).zero_();
  }
  noisy.levels = std::move(levels);
  noisy.prompt = batch.prompt;
  if (noisy.prompt.states.defined()) {
    noisy.prompt.states = project_exactly(normaliser, noisy.prompt.states);
  }
  return noisy;
}

}  // namespace

TokenLevels draw_levels(const DenoiserConfig& model, const WindowTrainingConfig& config, int batch,
                        std::int64_t step) {
  TokenLevels levels{torch::zeros({batch, model.frames()}, torch::kLong),
                     torch::zeros({batch, model.action_frames}, torch::kLong)};
  Rng rng{random_key(config.seed, step, kWindowLevelKey)};
  for (int i = 0; i < batch; ++i) {
    auto* states = levels.states.data_ptr<std::int64_t>() + std::int64_t{i} * model.frames();
    auto* actions = levels.actions.data_ptr<std::int64_t>() + std::int64_t{i} * model.action_frames;
    if (rng.uniform() < config.level_mix) {
      draw_pattern(model, config, rng, states, actions);
    } else {
      draw_independent(model, rng, states, actions);
    }
  }
  return levels;
}

StepLoss window_loss(JointDenoiser& denoiser, const Normaliser& normaliser,
                     const NoiseSchedule& schedule, const WindowTrainingConfig& config,
                     const WindowBatch& batch, std::int64_t step) {
  const DenoiserConfig& model = denoiser->config();
  FS_CHECK(batch.states.size(1) == model.frames() && batch.actions.size(1) == model.action_frames);
  const auto projected = project_exactly(normaliser, batch.states);
  const auto levels = draw_levels(model, config, static_cast<int>(batch.states.size(0)), step);
  const auto clean = predict(
      denoiser, make_noisy(model, normaliser, schedule, config, batch, projected, levels, step));
  const auto state = project_exactly(normaliser, clean.states - batch.states).square().mean();
  const auto action = torch::mse_loss(clean.actions, batch.actions);
  return {state + config.action_weight * action,
          {{"state", state.detach()}, {"action", action.detach()}}};
}

std::vector<LevelLoss> loss_by_level(JointDenoiser& denoiser, const Normaliser& normaliser,
                                     const NoiseSchedule& schedule,
                                     const WindowTrainingConfig& config, const WindowBatch& batch) {
  torch::NoGradGuard no_grad;
  const bool training = denoiser->is_training();
  denoiser->eval();
  const DenoiserConfig& model = denoiser->config();
  const auto projected = normaliser.project(batch.states);
  const auto count = batch.states.size(0);
  std::vector<LevelLoss> losses;
  for (int k = 0; k < model.steps; ++k) {
    TokenLevels levels{torch::full({count, model.frames()}, k, torch::kLong),
                       torch::full({count, model.action_frames}, k, torch::kLong)};
    levels.states.narrow(1, 0, model.history).zero_();
    const auto clean = predict(
        denoiser, make_noisy(model, normaliser, schedule, config, batch, projected, levels, k));
    losses.push_back(
        {normaliser.project(clean.states - batch.states).square().mean().item<double>(),
         torch::mse_loss(clean.actions, batch.actions).item<double>()});
  }
  denoiser->train(training);
  return losses;
}

}  // namespace foresight
