#include "models/muon.h"

#include <algorithm>
#include <cmath>

namespace foresight {
namespace {

constexpr double kMomentum = 0.95;
constexpr double kAdamSize = 0.2;  // root mean square of an AdamW update, in learning rates

}  // namespace

torch::Tensor orthogonalised(const torch::Tensor& matrix, torch::ScalarType type) {
  const bool tall = matrix.size(0) > matrix.size(1);
  auto x = tall ? matrix.t() : matrix;
  x = (x / (x.norm() + 1e-7)).to(type);
  for (int i = 0; i < 5; ++i) {
    // Coefficients of the quintic by Jordan et al.
    const auto gram = x.mm(x.t());
    const auto even = torch::addmm(gram, gram, gram, -4.7750, 2.0315);
    x = torch::addmm(x, even, x, 3.4445, 1.0);
  }
  x = x.to(matrix.scalar_type());
  return tall ? x.t() : x;
}

void muon_step(torch::Tensor& parameter, const torch::Tensor& gradient, torch::Tensor& momentum,
               double rate, double weight_decay, torch::ScalarType type) {
  momentum.mul_(kMomentum).add_(gradient, 1 - kMomentum);
  const auto ahead = gradient.lerp(momentum, kMomentum);  // Nesterov
  const double largest = static_cast<double>(std::max(parameter.size(0), parameter.size(1)));
  parameter.mul_(1 - rate * weight_decay);
  parameter.add_(orthogonalised(ahead, type), -rate * kAdamSize * std::sqrt(largest));
}

}  // namespace foresight
