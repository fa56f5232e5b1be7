#include "models/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/base/error.h"

namespace foresight {
namespace {

/// Betas of the cosine schedule (offset 0.008, at most 0.999), section 5.
std::vector<double> cosine_betas(int steps) {
  constexpr double kOffset = 0.008;
  const auto alpha_bar = [&](int i) {
    const double x = (steps + 1.0) * i / steps;
    const double angle = (x / (steps + 1.0) + kOffset) / (1.0 + kOffset) * std::numbers::pi / 2.0;
    return std::cos(angle) * std::cos(angle);
  };
  std::vector<double> betas(steps);
  for (int i = 0; i < steps; ++i) {
    betas[i] = std::clamp(1.0 - alpha_bar(i + 1) / alpha_bar(i), 0.0, 0.999);
  }
  return betas;
}

}  // namespace

NoiseSchedule::NoiseSchedule(int step_count) : steps(step_count) {
  FS_CHECK(steps >= 1);
  double product = 1.0;
  for (const double beta : cosine_betas(steps)) {
    const double previous = product;
    product *= 1.0 - beta;
    alpha_bar.push_back(product);
    sqrt_abar.push_back(std::sqrt(product));
    sqrt_one_minus_abar.push_back(std::sqrt(1.0 - product));
    mean_x0.push_back(beta * std::sqrt(previous) / (1.0 - product));
    mean_xk.push_back((1.0 - previous) * std::sqrt(1.0 - beta) / (1.0 - product));
    posterior_std.push_back(std::sqrt(beta * (1.0 - previous) / (1.0 - product)));
    guidance_gain.push_back(std::sqrt(1.0 / product - 1.0));
  }
}

PosteriorStep NoiseSchedule::posterior(int k, int stride) const {
  const double here = alpha_bar.at(k), there = k < stride ? 1.0 : alpha_bar[k - stride];
  const double kept = here / there;
  return {std::sqrt(there) * (1 - kept) / (1 - here), std::sqrt(kept) * (1 - there) / (1 - here),
          std::sqrt((1 - there) * (1 - kept) / (1 - here))};
}

torch::Tensor gather_levels(const std::vector<double>& table, const torch::Tensor& levels) {
  const auto values = torch::tensor(table, torch::kFloat).to(levels.device());
  return values.index_select(0, levels.reshape(-1)).view(levels.sizes()).unsqueeze(-1);
}

torch::Tensor add_noise(const NoiseSchedule& schedule, const torch::Tensor& clean,
                        const torch::Tensor& levels, const torch::Tensor& noise) {
  return gather_levels(schedule.sqrt_abar, levels) * clean +
         gather_levels(schedule.sqrt_one_minus_abar, levels) * noise;
}

}  // namespace foresight
