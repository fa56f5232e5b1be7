// Diffusion over whole trajectories that share one noise level: the loss and the sampling loop of
// Diffuser, Decision Diffuser and MTDiff. Networks and guides come in as functions.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/schedule.h"
#include "models/torch.h"

namespace foresight {

/// Entries whose values are known (start, goal, history). Both undefined: none.
struct Inpainting {
  torch::Tensor mask;    ///< [B, H, C] bool
  torch::Tensor values;  ///< [B, H, C]

  /// x with the known entries written in.
  torch::Tensor apply(const torch::Tensor& x) const;
};

/// What a network predicts from noisy x [B, H, C] at levels [B]: the clean trajectory or the noise.
enum class Prediction { kClean, kNoise };
using TrajectoryNet = std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>;

/// Gradient of what is to be maximised, with respect to x [B, H, C] at levels [B].
using TrajectoryGuide = std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>;

/// Guide from a value J(x, levels) -> [B] by automatic differentiation with respect to x alone.
TrajectoryGuide gradient_of(
    std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)> value);

struct GuideOptions {
  double scale = 0.1;
  int steps = 2;                  ///< gradient steps per denoising step
  bool scale_by_variance = true;  ///< multiply by the posterior variance of the step
  int stop_below = 2;             ///< no guidance at levels below this one
};

struct SampleOptions {
  Prediction prediction = Prediction::kClean;
  std::vector<int> levels;         ///< visited, descending; see all_levels and spread_levels
  double clip = 1.0;               ///< limit of the clean prediction; 0: none
  double stochastic = 1.0;         ///< 1: DDPM posterior, 0: DDIM (deterministic)
  double temperature = 1.0;        ///< factor on all noise (Decision Diffuser: 0.5)
  double start_temperature = 1.0;  ///< factor on the noise that sampling starts from
  /// Times that every level is visited: after each but the last the sample is noised back to it.
  /// Steps of a Markov chain at one level, which sums of scores (composition) need to come near the
  /// product of their densities (Du et al. 2023, "Reduce, reuse, recycle").
  int repeats = 1;
  GuideOptions guide;
  /// Called after every step with the clean prediction [B, H, C] (for pictures); may be empty.
  std::function<void(const torch::Tensor&)> watch;
};

/// steps - 1, ..., 0.
std::vector<int> all_levels(int steps);

/// `count` levels spread evenly from `from` down to 0 (fewer when from + 1 < count).
std::vector<int> spread_levels(int from, int count);

/// Denoises pure noise of the shape of `like` [B, H, C]. Known entries are written in before every
/// call of the network, into its clean prediction and after every step, so they come out exact.
/// Noise depends on `seed` and the visit alone.
torch::Tensor sample_trajectories(const TrajectoryNet& net, const NoiseSchedule& schedule,
                                  const torch::Tensor& like, const Inpainting& known,
                                  const TrajectoryGuide& guide, const SampleOptions& options,
                                  std::uint64_t seed);

/// The same from an earlier plan [B, H, C], noised to the first of options.levels (warm start,
/// Diffuser section 5.4).
torch::Tensor resample_trajectories(const TrajectoryNet& net, const NoiseSchedule& schedule,
                                    const torch::Tensor& plan, const Inpainting& known,
                                    const TrajectoryGuide& guide, const SampleOptions& options,
                                    std::uint64_t seed);

/// Classifier-free guidance: base + sum_i weight_i (conditional_i - base). Negative weights negate
/// a condition. Holds for both predictions, because one is affine in the other.
TrajectoryNet compose_conditions(TrajectoryNet base, std::vector<TrajectoryNet> conditional,
                                 std::vector<double> weights);

/// Mean squared error of one batch of clean trajectories [B, H, C] at random levels. Known entries
/// are noise-free in the input and carry no loss. `weight` [H, C] or undefined. Draws are keyed by
/// (seed, step).
torch::Tensor trajectory_loss(const TrajectoryNet& net, const NoiseSchedule& schedule,
                              Prediction prediction, const torch::Tensor& clean,
                              const torch::Tensor& known_mask, const torch::Tensor& weight,
                              std::uint64_t seed, std::int64_t step);

/// Levels [B] and noisy version of `clean` with known entries kept clean, as trajectory_loss draws
/// them; for training value networks.
struct NoisyTrajectories {
  torch::Tensor x, noise, levels;
};
NoisyTrajectories draw_noisy(const NoiseSchedule& schedule, const torch::Tensor& clean,
                             const torch::Tensor& known_mask, std::uint64_t seed,
                             std::int64_t step);

}  // namespace foresight
