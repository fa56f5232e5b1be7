#include "models/schedule.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

struct TableRow {
  int level;
  double sqrt_abar, sqrt_rest, gain, std;
};

// Table of section 5 of the Diffuse-CLoC facts, rounded there to three digits.
constexpr TableRow kTable[] = {{0, 0.996, 0.089, 0.09, 0.0},    {2, 0.970, 0.243, 0.25, 0.123},
                               {4, 0.920, 0.391, 0.43, 0.195},  {6, 0.848, 0.529, 0.62, 0.255},
                               {8, 0.756, 0.655, 0.87, 0.311},  {10, 0.645, 0.764, 1.18, 0.369},
                               {11, 0.584, 0.812, 1.39, 0.401}, {14, 0.380, 0.925, 2.43, 0.519},
                               {16, 0.232, 0.973, 4.20, 0.641}, {18, 0.078, 0.997, 12.8, 0.857},
                               {19, 0.0025, 1.000, 406, 0.997}};

TEST(NoiseSchedule, MatchesThePublishedTable) {
  const NoiseSchedule schedule(20);
  for (const TableRow& row : kTable) {
    SCOPED_TRACE(row.level);
    EXPECT_NEAR(schedule.sqrt_abar[row.level], row.sqrt_abar, 6e-4);
    EXPECT_NEAR(schedule.sqrt_one_minus_abar[row.level], row.sqrt_rest, 6e-4);
    EXPECT_NEAR(schedule.guidance_gain[row.level] / row.gain, 1.0, 0.02);
    EXPECT_NEAR(schedule.posterior_std[row.level], row.std, 6e-4);
  }
}

TEST(NoiseSchedule, LastStepReturnsTheCleanPrediction) {
  const NoiseSchedule schedule(20);
  EXPECT_NEAR(schedule.mean_x0[0], 1.0, 1e-12);
  EXPECT_NEAR(schedule.mean_xk[0], 0.0, 1e-12);
  EXPECT_EQ(schedule.posterior_std[0], 0.0);
}

// A posterior step from an exactly noised sample must land on the marginal of the next level.
TEST(NoiseSchedule, PosteriorStepKeepsTheMarginal) {
  const NoiseSchedule schedule(10);
  for (int k = 1; k < 10; ++k) {
    const double mean = schedule.mean_x0[k] + schedule.mean_xk[k] * schedule.sqrt_abar[k];
    const double from_noise = schedule.mean_xk[k] * schedule.sqrt_one_minus_abar[k];
    const double variance =
        from_noise * from_noise + schedule.posterior_std[k] * schedule.posterior_std[k];
    EXPECT_NEAR(mean, schedule.sqrt_abar[k - 1], 1e-9);
    EXPECT_NEAR(variance, 1.0 - schedule.alpha_bar[k - 1], 1e-9);
  }
}

TEST(NoiseSchedule, EveryElementHasItsOwnLevel) {
  const NoiseSchedule schedule(20);
  const auto levels = torch::tensor({{0, 19}, {10, 4}}, torch::kLong);
  const auto noisy = add_noise(schedule, torch::ones({2, 2, 3}), levels, torch::zeros({2, 2, 3}));
  EXPECT_NEAR(noisy[0][0][1].item<double>(), schedule.sqrt_abar[0], 1e-6);
  EXPECT_NEAR(noisy[1][0][2].item<double>(), schedule.sqrt_abar[10], 1e-6);
  EXPECT_NEAR(noisy[1][1][0].item<double>(), schedule.sqrt_abar[4], 1e-6);
}

TEST(NoiseSchedule, PosteriorStepsOfOneLevelAreTheTablesAndTwoKeepTheNoiseLevel) {
  const NoiseSchedule schedule;
  for (int k = 0; k < schedule.steps; ++k) {
    const PosteriorStep one = schedule.posterior(k, 1);
    EXPECT_NEAR(one.of_clean, schedule.mean_x0[k], 1e-12);
    EXPECT_NEAR(one.of_sample, schedule.mean_xk[k], 1e-12);
    EXPECT_NEAR(one.of_noise, schedule.posterior_std[k], 1e-12);
    // From x_k = sqrt(abar) x0 + sqrt(1 - abar) e to the level two below: its signal and its noise.
    const PosteriorStep two = schedule.posterior(k, 2);
    const double abar = k < 2 ? 1.0 : schedule.alpha_bar[k - 2];
    EXPECT_NEAR(two.of_clean + two.of_sample * schedule.sqrt_abar[k], std::sqrt(abar), 1e-12);
    const double noise = two.of_sample * schedule.sqrt_one_minus_abar[k];
    EXPECT_NEAR(noise * noise + two.of_noise * two.of_noise, 1 - abar, 1e-12);
  }
}

}  // namespace
}  // namespace foresight
