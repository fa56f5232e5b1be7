#include "models/window_training.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/models/tiny_model.h"

namespace foresight {
namespace {

TEST(DrawLevels, HistoryStatesAreAlwaysAtZero) {
  const DenoiserConfig model;
  const auto levels = draw_levels(model, {}, 64, 3);
  EXPECT_EQ(levels.states.narrow(1, 0, 4).sum().item<int>(), 0);
  EXPECT_EQ(levels.states.max().item<int>(), 19);
  EXPECT_GE(levels.states.min().item<int>(), 0);
  EXPECT_EQ(levels.actions.max().item<int>(), 19);
}

TEST(DrawLevels, DependOnSeedAndStepAlone) {
  const DenoiserConfig model;
  WindowTrainingConfig config;
  const auto a = draw_levels(model, config, 8, 3), b = draw_levels(model, config, 8, 3);
  EXPECT_TRUE(torch::equal(a.states, b.states) && torch::equal(a.actions, b.actions));
  EXPECT_FALSE(torch::equal(a.states, draw_levels(model, config, 8, 4).states));
  config.seed = 2;
  EXPECT_FALSE(torch::equal(a.states, draw_levels(model, config, 8, 3).states));
}

TEST(DrawLevels, PatternsAreRowsOfTheSampler) {
  const DenoiserConfig model;
  WindowTrainingConfig config;
  config.level_mix = 1.0;
  config.first_call_share = 0.0;
  config.roll_level = 14;
  for (const bool roll_actions : {false, true}) {
    config.roll_actions = roll_actions;
    const auto levels = draw_levels(model, config, 64, 0);
    RollingSpec spec;
    spec.roll_actions = roll_actions;
    const auto rows = rolling_rows(spec);
    const int first_action_level = rows[0].action_levels[3];
    int last_calls = 0;
    for (int b = 0; b < 64; ++b) {
      const int row = 14 - levels.states[b][4].item<int>();
      ASSERT_GE(row, 0);
      for (int i = 4; i < 36; ++i) {
        EXPECT_EQ(levels.states[b][i].item<int>(), std::min(rows[row].state_levels[i], 19));
      }
      last_calls += row > 10;
      if (!roll_actions) {  // made at once: noise until the last call
        EXPECT_TRUE((levels.actions[b] == 19).all().item<bool>());
        continue;
      }
      const int action_row = first_action_level - levels.actions[b][3].item<int>();
      ASSERT_GE(action_row, 0);
      for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(levels.actions[b][i].item<int>(), rows[action_row].action_levels[i]);
      }
    }
    if (!roll_actions) {
      EXPECT_GT(last_calls, 22);  // 64 (0.3 + 0.7 4/15) = 31 on average; by chance alone 17
    }
  }
}

/// A point on a circle; the action of a frame is its sine a quarter step ahead.
struct Circle {
  DenoiserConfig model;
  Normaliser normaliser;

  Circle() {
    model.state_dim = 3;
    model.projected_dim = 6;
    model.action_dim = 1;
    model.future = 8;
    model.action_frames = 8;
    model.layers = 2;
    model.heads = 2;
    model.width = 32;
    model.steps = 10;
    model.dropout = 0.0;
    NormaliserConfig options;
    options.emphasised = {2};
    const auto phases = torch::linspace(0, 2 * std::numbers::pi, 1000).unsqueeze(1);
    normaliser = fit_normaliser(states(phases).squeeze(1), actions(phases).squeeze(1), options);
  }

  static constexpr double kStep = 0.4;

  /// Raw states [B, N, 3] of phases [B, N].
  static torch::Tensor states(const torch::Tensor& phase) {
    return torch::stack({phase.sin(), phase.cos(), 2 * (phase + 1).sin()}, 2);
  }
  static torch::Tensor actions(const torch::Tensor& phase) {
    return (phase + 0.25 * kStep).sin().unsqueeze(2);
  }
  /// Phases [B, frames] that start at `start` [B].
  static torch::Tensor phases(const torch::Tensor& start, int frames) {
    return start.unsqueeze(1) + kStep * torch::arange(frames);
  }
  WindowBatch batch(int size) const {
    const auto start = torch::rand({size}) * 2 * std::numbers::pi;
    return {normaliser.normalise_states(states(phases(start, model.frames()))),
            normaliser.normalise_actions(actions(phases(start, model.action_frames))),
            {}};
  }
};

struct TrainedCircle {
  Circle circle;
  JointDenoiser denoiser;
  NoiseSchedule schedule;

  TrainedCircle() : denoiser((torch::manual_seed(0), circle.model)), schedule(10) {
    TrainerConfig config;
    config.learning_rate = 3e-3;
    config.warmup_steps = 20;
    config.total_steps = 500;
    config.ema_max = 0.98;
    Trainer trainer(denoiser.ptr(), config);
    trainer.run([this](std::int64_t step) {
      return window_loss(denoiser, circle.normaliser, schedule, {}, circle.batch(32), step);
    });
    trainer.swap_ema();
  }
};

TEST(WindowTraining, LearnsAToyTrajectoryAndSamplesItInRolling) {
  TrainedCircle trained;
  const Circle& circle = trained.circle;
  const auto losses =
      loss_by_level(trained.denoiser, circle.normaliser, trained.schedule, {}, circle.batch(64));
  ASSERT_EQ(losses.size(), 10u);
  EXPECT_LT(losses[9].state, 0.02);
  EXPECT_LT(losses[9].action, 0.02);

  Sampler sampler(trained.denoiser, circle.normaliser, {}, 2);
  double state_error = 0, action_error = 0;
  for (int step = 0; step < 12; ++step) {
    const auto start = torch::tensor({0.3, 2.0}) + Circle::kStep * step;
    const auto truth = Circle::states(Circle::phases(start, circle.model.frames()));
    PlanRequest request;
    request.history = circle.normaliser.normalise_states(truth.narrow(1, 0, 4));
    const Plan plan = sampler.plan(request);
    const auto states = circle.normaliser.unnormalise_states(plan.states);
    const auto action = circle.normaliser.unnormalise_actions(plan.action);
    const auto wanted = Circle::actions(Circle::phases(start, 4)).select(1, 3);
    // The newest frame is still at a high level when the others are done.
    state_error += (states - truth).narrow(1, 4, 7).abs().mean().item<double>() / 12;
    action_error += (action - wanted).abs().mean().item<double>() / 12;
  }
  EXPECT_LT(state_error, 0.12);
  EXPECT_LT(action_error, 0.12);
}

TEST(WindowTraining, ExecutedPastActionsAreShownClean) {
  DenoiserConfig model = tiny_config();
  JointDenoiser denoiser = tiny_denoiser(model);
  const Normaliser normaliser = tiny_normaliser(model);
  const NoiseSchedule schedule(20);
  WindowTrainingConfig config;
  config.past_actions = PastActions::kExecuted;
  WindowBatch batch{torch::zeros({2, 36, 5}), torch::zeros({2, 20, 3}), torch::zeros({2, 3, 3})};
  const double a =
      window_loss(denoiser, normaliser, schedule, config, batch, 0).total.item<double>();
  batch.executed = torch::ones({2, 3, 3});
  const double b =
      window_loss(denoiser, normaliser, schedule, config, batch, 0).total.item<double>();
  EXPECT_NE(a, b);
}

TEST(WindowTraining, Bfloat16AutocastGivesNearlyTheSameLoss) {
  const Circle circle;
  torch::manual_seed(0);
  JointDenoiser denoiser(circle.model);
  const NoiseSchedule schedule(10);
  const WindowBatch batch = circle.batch(16);
  const LossFunction loss = [&](std::int64_t step) {
    return window_loss(denoiser, circle.normaliser, schedule, {}, batch, step);
  };
  TrainerConfig config;
  config.learning_rate = 0.0;
  const double plain = Trainer(denoiser.ptr(), config).step(loss);
  config.bf16 = true;
  EXPECT_NEAR(Trainer(denoiser.ptr(), config).step(loss), plain, 0.01 * plain);
}

}  // namespace
}  // namespace foresight
