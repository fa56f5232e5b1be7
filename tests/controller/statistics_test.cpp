#include "controller/statistics.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

TEST(Statistics, WilsonIntervalMatchesValuesComputedByHand) {
  const Estimate e = wilson_rate(5, 100);  // standard textbook case
  EXPECT_DOUBLE_EQ(e.mean, 0.05);
  EXPECT_NEAR(e.low, 0.0215, 1e-3);
  EXPECT_NEAR(e.high, 0.1118, 1e-3);
  EXPECT_DOUBLE_EQ(wilson_rate(0, 20).low, 0);
  EXPECT_NEAR(wilson_rate(0, 20).high, 0.1611, 1e-3);
}

TEST(Statistics, MeanAndPercentiles) {
  const Estimate e = mean_estimate({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(e.mean, 2.5);
  EXPECT_NEAR(e.std, 1.2910, 1e-4);
  EXPECT_DOUBLE_EQ(percentile({4, 1, 3, 2}, 50), 2.5);
  EXPECT_DOUBLE_EQ(percentile({1, 2, 3}, 100), 3);
  EXPECT_DOUBLE_EQ(percentile({}, 50), 0);
}

TEST(Statistics, FrechetDistanceOfDiagonalGaussiansIsTheSumOverDimensions) {
  const Eigen::Vector2d mean_a(0, 0), mean_b(3, 4), one(1, 1);
  const Eigen::Matrix2d a = Eigen::Vector2d(4, 1).asDiagonal();
  const Eigen::Matrix2d b = Eigen::Vector2d(1, 9).asDiagonal();
  // |mean|^2 = 25, (2 - 1)^2 + (1 - 3)^2 = 5
  EXPECT_NEAR(frechet_distance(mean_a, a, mean_b, b, one), 30, 1e-9);
  EXPECT_NEAR(frechet_distance(mean_a, a, mean_a, a, one), 0, 1e-9);
  // In units of (2, 1) the first dimension counts a quarter.
  EXPECT_NEAR(frechet_distance(mean_a, a, mean_b, b, Eigen::Vector2d(2, 1)), 18.25 + 4.25, 1e-9);
}

TEST(Statistics, GaussianFitMatchesTwoRows) {
  GaussianFit fit(2);
  fit.add(Eigen::Vector2d(1, 2));
  fit.add(Eigen::Vector2d(3, 6));
  EXPECT_TRUE(fit.mean().isApprox(Eigen::Vector2d(2, 4)));
  Eigen::Matrix2d expected;
  expected << 2, 4, 4, 8;
  EXPECT_TRUE(fit.covariance().isApprox(expected));
}

}  // namespace
}  // namespace foresight
