// Numbers for reports: rates with confidence, means, percentiles, Fréchet distance.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace foresight {

struct Estimate {
  double mean = 0, low = 0, high = 0;  // 95 % interval
  double std = 0;                      // over episodes; 0 for rates
};

/// Share of successes with its Wilson score interval. An empty sample has the interval [0, 1].
Estimate wilson_rate(int successes, int count);

/// Mean, standard deviation (n - 1) and normal interval of the mean. All 0 for an empty sample.
Estimate mean_estimate(const std::vector<double>& values);

/// Percentile in [0, 100] with linear interpolation; 0 for an empty sample.
double percentile(std::vector<double> values, double percent);

/// Gaussian fit of rows, gathered one by one.
class GaussianFit {
 public:
  explicit GaussianFit(int dim = 0);
  void add(const Eigen::VectorXd& row);
  void add(const GaussianFit& other);
  long count() const { return count_; }
  Eigen::VectorXd mean() const;
  Eigen::MatrixXd covariance() const;  // n - 1; zero for less than two rows

  /// The sums behind the fit, to write down and to take up again.
  const Eigen::VectorXd& sum() const { return sum_; }
  const Eigen::MatrixXd& products() const { return products_; }
  GaussianFit(long count, Eigen::VectorXd sum, Eigen::MatrixXd products);

 private:
  long count_ = 0;
  Eigen::VectorXd sum_;
  Eigen::MatrixXd products_;
};

/// |mean_a - mean_b|^2 + trace(A + B - 2 (A B)^(1/2)) with every dimension in units of `scale`.
double frechet_distance(const Eigen::VectorXd& mean_a, const Eigen::MatrixXd& covariance_a,
                        const Eigen::VectorXd& mean_b, const Eigen::MatrixXd& covariance_b,
                        const Eigen::VectorXd& scale);

}  // namespace foresight
