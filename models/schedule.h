// Cosine noise schedule of a DDPM with a few steps. Level 0 is the lightest noise, `steps` - 1 is
// (nearly) pure noise. Every element of a sample has its own level.
#pragma once

#include <vector>

#include "models/torch.h"

namespace foresight {

/// Sample of a lower level = of_clean * x0 + of_sample * x_k + of_noise * noise.
struct PosteriorStep {
  double of_clean = 0, of_sample = 1, of_noise = 0;
};

/// Coefficients per level k, all of length `steps`.
/// Noising: x_k = sqrt_abar * x0 + sqrt_one_minus_abar * noise.
/// Posterior step k -> k - 1: mean_x0 * x0 + mean_xk * x_k + posterior_std * noise; at level 0 it
/// is x0 exactly.
struct NoiseSchedule {
  explicit NoiseSchedule(int step_count = 20);

  int steps;
  std::vector<double> alpha_bar, sqrt_abar, sqrt_one_minus_abar;
  std::vector<double> mean_x0, mean_xk, posterior_std;
  /// sqrt(1 / alpha_bar - 1): how far guidance at level k may move a clean prediction.
  std::vector<double> guidance_gain;

  /// From level k to k - stride (below 0: to x0) in one step. With stride 1 it is mean_x0 ...
  PosteriorStep posterior(int k, int stride) const;
};

/// Values of `table` at integer `levels` [...], as a tensor [..., 1] on the device of `levels`.
torch::Tensor gather_levels(const std::vector<double>& table, const torch::Tensor& levels);

/// Noisy version of `clean` [B, N, C] at `levels` [B, N] (int64), with `noise` like `clean`.
torch::Tensor add_noise(const NoiseSchedule& schedule, const torch::Tensor& clean,
                        const torch::Tensor& levels, const torch::Tensor& noise);

}  // namespace foresight
