#include "controller/statistics.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace foresight {
namespace {

constexpr double kZ = 1.959963984540054;  // two-sided 95 %

Eigen::MatrixXd matrix_sqrt(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  return solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
}

}  // namespace

Estimate wilson_rate(int successes, int count) {
  if (count == 0) return {0, 0, 1, 0};
  const double n = count, p = successes / n, z2 = kZ * kZ;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half), 0};
}

Estimate mean_estimate(const std::vector<double>& values) {
  if (values.empty()) return {};
  const double n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double mean = sum / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double std = values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  const double half = kZ * std / std::sqrt(n);
  return {mean, mean - half, mean + half, std};
}

double percentile(std::vector<double> values, double percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = percent / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

GaussianFit::GaussianFit(int dim)
    : sum_(Eigen::VectorXd::Zero(dim)), products_(Eigen::MatrixXd::Zero(dim, dim)) {}

GaussianFit::GaussianFit(long count, Eigen::VectorXd sum, Eigen::MatrixXd products)
    : count_(count), sum_(std::move(sum)), products_(std::move(products)) {}

void GaussianFit::add(const Eigen::VectorXd& row) {
  ++count_;
  sum_ += row;
  products_.noalias() += row * row.transpose();
}

void GaussianFit::add(const GaussianFit& other) {
  count_ += other.count_;
  sum_ += other.sum_;
  products_ += other.products_;
}

Eigen::VectorXd GaussianFit::mean() const {
  return count_ > 0 ? Eigen::VectorXd(sum_ / static_cast<double>(count_)) : sum_;
}

Eigen::MatrixXd GaussianFit::covariance() const {
  if (count_ < 2) return Eigen::MatrixXd::Zero(sum_.size(), sum_.size());
  const double n = static_cast<double>(count_);
  return (products_ - sum_ * sum_.transpose() / n) / (n - 1);
}

double frechet_distance(const Eigen::VectorXd& mean_a, const Eigen::MatrixXd& covariance_a,
                        const Eigen::VectorXd& mean_b, const Eigen::MatrixXd& covariance_b,
                        const Eigen::VectorXd& scale) {
  const Eigen::VectorXd inverse = scale.cwiseInverse();
  const Eigen::MatrixXd a = inverse.asDiagonal() * covariance_a * inverse.asDiagonal();
  const Eigen::MatrixXd b = inverse.asDiagonal() * covariance_b * inverse.asDiagonal();
  const Eigen::VectorXd shift = inverse.cwiseProduct(mean_a - mean_b);
  const Eigen::MatrixXd root = matrix_sqrt(a);
  const double cross = matrix_sqrt(root * b * root).trace();
  const double distance = shift.squaredNorm() + a.trace() + b.trace() - 2 * cross;
  return distance < 0 ? 0.0 : distance;  // rounding; what is not a number stays so
}

}  // namespace foresight
