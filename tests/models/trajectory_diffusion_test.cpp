#include "models/trajectory_diffusion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/value_net.h"

namespace foresight {
namespace {

torch::Tensor row(double value) { return torch::full({1, 2, 1}, value, torch::kFloat); }

/// The exact denoiser of data that is always `clean`.
TrajectoryNet exact_net(const torch::Tensor& clean) {
  return [clean](const torch::Tensor& x, const torch::Tensor&) { return clean.expand_as(x); };
}

TEST(NoiseSchedule, HasTheReferenceValuesOfTheMazeNets) {
  const auto beta = [](const NoiseSchedule& s, int k) {
    return 1.0 - s.alpha_bar[k] / (k > 0 ? s.alpha_bar[k - 1] : 1.0);
  };
  const NoiseSchedule s20(20), s64(64), s200(200), s256(256);
  EXPECT_NEAR(beta(s20, 0), 0.007993, 1e-6);
  EXPECT_NEAR(beta(s20, 10), 0.15700, 1e-5);
  EXPECT_NEAR(s20.alpha_bar[19], 6.060e-06, 1e-9);
  EXPECT_NEAR(beta(s64, 0), 0.001200, 1e-6);
  EXPECT_NEAR(beta(s200, 0), 0.000255, 1e-6);
  EXPECT_NEAR(beta(s256, 0), 0.000189, 1e-6);
  EXPECT_NEAR(s256.alpha_bar[128], 0.4878, 1e-4);
}

TEST(Levels, AreSpreadFromTheFirstToZero) {
  EXPECT_EQ(all_levels(4), (std::vector<int>{3, 2, 1, 0}));
  EXPECT_EQ(spread_levels(10, 3), (std::vector<int>{10, 5, 0}));
  EXPECT_EQ(spread_levels(1, 5), (std::vector<int>{1, 0}));
}

TEST(Sampling, StepsAreTheDdpmPosterior) {
  // With a fixed clean prediction, the mean after one step must be mean_x0 x0 + mean_xk x_k, and
  // the spread posterior_std.
  const NoiseSchedule schedule(20);
  torch::manual_seed(1);
  const auto x0 = torch::full({20000, 1, 1}, 0.3, torch::kFloat);
  const auto plan = torch::full({20000, 1, 1}, 0.8, torch::kFloat);
  SampleOptions options;
  options.levels = {12, 11, 0};
  torch::Tensor seen;
  int calls = 0;
  const TrajectoryNet net = [&](const torch::Tensor& x, const torch::Tensor&) {
    if (calls++ == 1) seen = x;
    return x0;
  };
  resample_trajectories(net, schedule, plan, {}, {}, options, 7);
  const double at12 = schedule.sqrt_abar[12] * 0.8;  // mean of x_12
  const double mean = schedule.mean_x0[12] * 0.3 + schedule.mean_xk[12] * at12;
  const double spread = std::hypot(schedule.posterior_std[12],
                                   schedule.mean_xk[12] * schedule.sqrt_one_minus_abar[12]);
  EXPECT_NEAR(seen.mean().item<double>(), mean, 0.02);
  EXPECT_NEAR(seen.std().item<double>(), spread, 0.02);
}

TEST(Sampling, FindsTheDataWithEveryPredictionAndStepCount) {
  const NoiseSchedule schedule(64);
  const auto clean = torch::tensor({0.5F, -0.25F}).view({1, 2, 1});
  for (const int count : {64, 10, 2, 1}) {
    SampleOptions options;
    options.levels = spread_levels(63, count);
    const auto x = sample_trajectories(exact_net(clean), schedule, torch::zeros({3, 2, 1}), {}, {},
                                       options, 1);
    EXPECT_TRUE(torch::allclose(x, clean.expand_as(x), 1e-4, 1e-4)) << count;
    options.prediction = Prediction::kNoise;
    const TrajectoryNet noise = [&](const torch::Tensor& xk, const torch::Tensor& levels) {
      const int k = static_cast<int>(levels[0].item<std::int64_t>());
      return (xk - schedule.sqrt_abar[k] * clean) / schedule.sqrt_one_minus_abar[k];
    };
    const auto y =
        sample_trajectories(noise, schedule, torch::zeros({3, 2, 1}), {}, {}, options, 1);
    EXPECT_TRUE(torch::allclose(y, clean.expand_as(y), 1e-2, 1e-2)) << count;
  }
}

TEST(Sampling, KnownEntriesAreExactAndAlwaysSeenByTheNetwork) {
  const NoiseSchedule schedule(20);
  Inpainting known{torch::zeros({2, 4, 3}, torch::kBool), torch::zeros({2, 4, 3})};
  known.mask.select(1, 0).fill_(true);
  known.values.select(1, 0).fill_(0.625);
  known.mask[1][3][2] = true;
  known.values[1][3][2] = -0.3;
  int calls = 0;
  const TrajectoryNet net = [&](const torch::Tensor& x, const torch::Tensor&) {
    ++calls;
    EXPECT_TRUE(torch::equal(x.masked_select(known.mask), known.values.masked_select(known.mask)));
    return 0.9 * x;
  };
  SampleOptions options;
  options.levels = all_levels(20);
  const auto x = sample_trajectories(net, schedule, torch::zeros({2, 4, 3}), known, {}, options, 3);
  EXPECT_TRUE(torch::equal(x.masked_select(known.mask), known.values.masked_select(known.mask)));
  EXPECT_EQ(calls, 20);
}

TEST(Sampling, DependsOnTheSeedAlone) {
  const NoiseSchedule schedule(20);
  const TrajectoryNet net = [](const torch::Tensor& x, const torch::Tensor&) { return 0.5 * x; };
  SampleOptions options;
  options.levels = all_levels(20);
  const auto like = torch::zeros({2, 4, 3});
  const auto sample = [&](int seed) {
    return sample_trajectories(net, schedule, like, {}, {}, options, seed);
  };
  const auto first = sample(1);
  torch::randn({5});
  EXPECT_TRUE(torch::equal(first, sample(1)));
  EXPECT_FALSE(torch::equal(first, sample(2)));
}

TEST(Sampling, ZeroTemperatureAndDdimAreDeterministicAfterTheStart) {
  const NoiseSchedule schedule(20);
  const TrajectoryNet net = [](const torch::Tensor& x, const torch::Tensor&) { return 0.5 * x; };
  SampleOptions options;
  options.levels = {10, 5, 0};
  options.stochastic = 0;
  options.clip = 0;
  options.start_temperature = 0;
  const auto x = sample_trajectories(net, schedule, torch::zeros({1, 4, 3}), {}, {}, options, 1);
  EXPECT_EQ(x.abs().max().item<double>(), 0.0);
}

TEST(Guide, GradientAgreesWithFiniteDifferences) {
  torch::manual_seed(4);
  const auto value = [&](const torch::Tensor& x, const torch::Tensor& levels) {
    return x.square().sum({1, 2}) + x.select(1, 3).sin().sum(1) * levels;
  };
  const auto x = torch::randn({2, 8, 2}, torch::kDouble);
  const auto levels = torch::tensor({2, 5});
  const auto gradient = gradient_of(value)(x, levels);
  constexpr double kStep = 1e-6;
  for (int t = 0; t < 8; ++t) {
    auto moved = x.clone();
    moved[1][t][1] += kStep;
    const double change = (value(moved, levels) - value(x, levels)).sum().item<double>() / kStep;
    EXPECT_NEAR(gradient[1][t][1].item<double>(), change, 1e-4) << t;
  }
}

TEST(Guide, ValueNetGradientAgreesWithFiniteDifferences) {
  torch::manual_seed(4);
  ValueNetConfig config;
  config.channels = 2;
  config.horizon = 8;
  config.multipliers = {1};
  ValueNet net(config);
  const auto value = [&](const torch::Tensor& x, const torch::Tensor& l) {
    return net->forward(x, l);
  };
  const auto x = torch::randn({2, 8, 2});
  const auto levels = torch::tensor({2, 5});
  const auto gradient = gradient_of(value)(x, levels);
  EXPECT_FALSE(net->parameters()[0].grad().defined());
  constexpr double kStep = 1e-2;
  for (int t = 0; t < 8; t += 3) {
    auto up = x.clone(), down = x.clone();
    up[0][t][0] += kStep;
    down[0][t][0] -= kStep;
    const double change =
        ((value(up, levels) - value(down, levels)).sum() / (2 * kStep)).item<double>();
    EXPECT_NEAR(gradient[0][t][0].item<double>(), change, 2e-3 + 0.05 * std::abs(change)) << t;
  }
}

TEST(Guide, MovesSamplesUphillButNotBelowTheStopLevel) {
  const NoiseSchedule schedule(20);
  const TrajectoryNet net = [](const torch::Tensor& x, const torch::Tensor&) { return 0.5 * x; };
  SampleOptions options;
  options.levels = all_levels(20);
  options.guide.scale = 1.0;
  int lowest = 99;
  const TrajectoryGuide guide = [&](const torch::Tensor& x, const torch::Tensor& levels) {
    lowest = std::min<int>(lowest, levels[0].item<int>());
    return torch::ones_like(x);
  };
  const auto like = torch::zeros({4, 4, 3});
  const auto plain = sample_trajectories(net, schedule, like, {}, {}, options, 1);
  const auto pushed = sample_trajectories(net, schedule, like, {}, guide, options, 1);
  EXPECT_GT(pushed.mean().item<double>(), plain.mean().item<double>());
  EXPECT_EQ(lowest, 2);
}

/// What one guide step at `level` of a constant gradient adds to the sample.
torch::Tensor guide_step(const NoiseSchedule& schedule, int level, const torch::Tensor& gradient,
                         const GuideOptions& options) {
  torch::Tensor seen;
  const TrajectoryNet net = [&](const torch::Tensor& x, const torch::Tensor&) {
    if (!seen.defined()) seen = x.clone();
    return x;
  };
  SampleOptions sample;
  sample.levels = {level, 0};
  sample.guide = options;
  const auto move = [&](const TrajectoryGuide& guide) {
    seen = torch::Tensor();
    resample_trajectories(net, schedule, torch::zeros_like(gradient), {}, guide, sample, 1);
    return seen;
  };
  return move([&](const torch::Tensor&, const torch::Tensor&) { return gradient; }) - move({});
}

TEST(Guide, StepIsScaleTimesPosteriorVarianceTimesGradient) {
  const NoiseSchedule schedule(20);
  const auto gradient = torch::tensor({2.0F, -1.0F, 0.5F, 0.0F}).view({1, 2, 2});
  constexpr int kLevel = 12;
  const double abar = schedule.alpha_bar[kLevel], before = schedule.alpha_bar[kLevel - 1];
  const double variance = (1.0 - abar / before) * (1.0 - before) / (1.0 - abar);
  const auto expect_step = [&](const GuideOptions& o, double factor) {
    EXPECT_TRUE(
        torch::allclose(guide_step(schedule, kLevel, gradient, o), factor * gradient, 1e-4, 1e-6));
  };
  expect_step({0.3, 1, true, 2}, 0.3 * variance);
  expect_step({0.3, 1, false, 2}, 0.3);
  expect_step({0.3, 4, false, 2}, 4 * 0.3);
  expect_step({0.3, 1, false, kLevel}, 0.3);
  expect_step({0.3, 1, false, kLevel + 1}, 0.0);
}

TEST(Composition, AddsAndNegatesConditions) {
  const auto net = [](double value) {
    return TrajectoryNet(
        [value](const torch::Tensor&, const torch::Tensor&) { return row(value); });
  };
  const auto composed = compose_conditions(net(1.0), {net(3.0), net(2.0)}, {1.5, -1.0});
  // 1 + 1.5 (3 - 1) - (2 - 1) = 3.
  EXPECT_FLOAT_EQ(composed(row(0), torch::zeros({1}))[0][0][0].item<float>(), 3.0F);
}

/// The exact denoiser of data drawn from N(mean, variance).
TrajectoryNet gaussian_net(const NoiseSchedule& schedule, double mean, double variance) {
  return [&schedule, mean, variance](const torch::Tensor& x, const torch::Tensor& levels) {
    const double abar = schedule.alpha_bar[levels[0].item<int>()];
    const double gain = variance * std::sqrt(abar) / (abar * variance + 1.0 - abar);
    return mean + gain * (x - std::sqrt(abar) * mean);
  };
}

TEST(Composition, RepeatsBringASumOfScoresNearerToTheProductOfDensities) {
  const NoiseSchedule schedule(30);
  const auto net = compose_conditions(
      gaussian_net(schedule, 0, 1),
      {gaussian_net(schedule, 1, 0.25), gaussian_net(schedule, -0.5, 0.25)}, {1.0, 1.0});
  // N(1, 1/4) N(-1/2, 1/4) / N(0, 1): precision 4 + 4 - 1 = 7, mean (4 - 2) / 7.
  SampleOptions options;
  options.levels = all_levels(30);
  options.clip = 0;
  const auto error = [&](int repeats) {
    options.repeats = repeats;
    const auto like = torch::zeros({20000, 1, 1});
    const auto x = sample_trajectories(net, schedule, like, {}, {}, options, 3);
    return std::abs(x.mean().item<double>() - 2.0 / 7.0);
  };
  EXPECT_GT(error(1), 0.02);
  EXPECT_LT(error(10), 0.01);
}

TEST(Sampling, RepeatsVisitEveryLevelButTheLastSoOften) {
  const NoiseSchedule schedule(20);
  const auto clean = torch::full({1, 2, 1}, 0.25, torch::kFloat);
  SampleOptions options;
  options.levels = spread_levels(19, 5);
  options.repeats = 3;
  std::vector<int> visited;
  const TrajectoryNet net = [&](const torch::Tensor&, const torch::Tensor& levels) {
    visited.push_back(levels[0].item<int>());
    return clean;
  };
  EXPECT_TRUE(torch::equal(sample_trajectories(net, schedule, clean, {}, {}, options, 1), clean));
  EXPECT_EQ(visited, (std::vector<int>{19, 19, 19, 14, 14, 14, 10, 10, 10, 5, 5, 5, 0}));
}

TEST(Loss, IsZeroForTheTruthAndIgnoresKnownEntries) {
  const NoiseSchedule schedule(20);
  const auto clean = torch::rand({4, 6, 2});
  EXPECT_EQ(trajectory_loss(exact_net(clean), schedule, Prediction::kClean, clean, {}, {}, 1, 0)
                .item<double>(),
            0.0);
  const auto mask = torch::ones({4, 6, 2}, torch::kBool);
  EXPECT_EQ(
      trajectory_loss(exact_net(clean + 1), schedule, Prediction::kClean, clean, mask, {}, 1, 0)
          .item<double>(),
      0.0);
  const auto noisy = draw_noisy(schedule, clean, mask, 1, 0);
  EXPECT_TRUE(torch::equal(noisy.x, clean));
}

TEST(Loss, OfNoisePredictionIsThatOfTheNoiseDrawn) {
  const NoiseSchedule schedule(20);
  const auto clean = torch::rand({4, 6, 2});
  const auto noisy = draw_noisy(schedule, clean, {}, 1, 5);
  const auto loss = [&](const torch::Tensor& guess, const torch::Tensor& weight) {
    return trajectory_loss(exact_net(guess), schedule, Prediction::kNoise, clean, {}, weight, 1, 5)
        .item<double>();
  };
  EXPECT_EQ(loss(noisy.noise, {}), 0.0);
  EXPECT_NEAR(loss(noisy.noise + 0.5, {}), 0.25, 1e-6);
  EXPECT_NEAR(loss(noisy.noise + 0.5, torch::full({6, 2}, 2.0F)), 0.5, 1e-6);
  EXPECT_GT(loss(clean, {}), 0.1);
  // The input is the clean trajectory with that noise at the level drawn.
  for (int i = 0; i < 4; ++i) {
    const int k = noisy.levels[i].item<int>();
    EXPECT_TRUE(torch::allclose(
        noisy.x[i],
        schedule.sqrt_abar[k] * clean[i] + schedule.sqrt_one_minus_abar[k] * noisy.noise[i], 1e-4,
        1e-5));
  }
}

}  // namespace
}  // namespace foresight
