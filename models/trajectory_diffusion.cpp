#include "models/trajectory_diffusion.h"

#include <algorithm>
#include <cmath>

#include "models/random.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr int kLevelKey = 21, kNoiseKey = 22, kStartKey = 23, kStepKey = 24, kBackKey = 25;

torch::Tensor noise_like(const torch::Tensor& x, std::uint64_t key) {
  return torch::randn(x.sizes(), keyed_generator(key, x.device()), x.options());
}

/// Clean and noise prediction that belong together.
struct Estimate {
  torch::Tensor clean, noise;
};

Estimate estimate(const TrajectoryNet& net, const NoiseSchedule& s, const torch::Tensor& x,
                  const Inpainting& known, const SampleOptions& o, int level) {
  const auto labels = torch::full({x.size(0)}, level, x.options().dtype(torch::kLong));
  const auto output = net(x, labels);
  const double signal = s.sqrt_abar[level], spread = s.sqrt_one_minus_abar[level];
  Estimate e;
  e.clean = o.prediction == Prediction::kClean ? output : (x - spread * output) / signal;
  if (o.clip > 0) e.clean = e.clean.clamp(-o.clip, o.clip);
  e.clean = known.apply(e.clean);
  e.noise = (x - signal * e.clean) / spread;
  return e;
}

/// One step from `level` to `next` (-1: clean). With stochastic = 1 this is the DDPM posterior, for
/// neighbouring levels exactly that of the schedule.
torch::Tensor move_down(const NoiseSchedule& s, const Estimate& e, const SampleOptions& o,
                        int level, int next, std::uint64_t key) {
  if (next < 0) return e.clean;
  const double here = s.alpha_bar[level], there = s.alpha_bar[next];
  const double variance = (1.0 - there) / (1.0 - here) * (1.0 - here / there);
  const double std = o.stochastic * std::sqrt(variance);
  const double direction = std::sqrt(std::max(0.0, 1.0 - there - std * std));
  auto x = std::sqrt(there) * e.clean + direction * e.noise;
  if (std > 0 && o.temperature > 0) x = x + o.temperature * std * noise_like(e.clean, key);
  return x;
}

/// From level `next` back up to `level`, as the forward process does.
torch::Tensor move_up(const NoiseSchedule& s, const torch::Tensor& x, int level, int next,
                      std::uint64_t key) {
  const double kept = s.alpha_bar[level] / s.alpha_bar[next];
  return std::sqrt(kept) * x + std::sqrt(1.0 - kept) * noise_like(x, key);
}

torch::Tensor guided(const TrajectoryGuide& guide, const NoiseSchedule& s, const torch::Tensor& x,
                     const Inpainting& known, const GuideOptions& o, int level) {
  const auto labels = torch::full({x.size(0)}, level, x.options().dtype(torch::kLong));
  const double variance = s.posterior_std[level] * s.posterior_std[level];
  const double factor = o.scale * (o.scale_by_variance ? variance : 1.0);
  auto moved = x;
  for (int i = 0; i < o.steps; ++i) {
    moved = known.apply(moved + factor * guide(moved, labels).detach());
  }
  return moved;
}

torch::Tensor denoise(const TrajectoryNet& net, const NoiseSchedule& s, torch::Tensor x,
                      const Inpainting& known, const TrajectoryGuide& guide, const SampleOptions& o,
                      std::uint64_t seed) {
  FS_CHECK(!o.levels.empty() && o.levels.front() < s.steps && o.levels.back() >= 0);
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < o.levels.size(); ++i) {
    const int level = o.levels[i], next = i + 1 < o.levels.size() ? o.levels[i + 1] : -1;
    for (int visit = 0; visit < (next < 0 ? 1 : o.repeats); ++visit) {
      if (visit > 0) x = move_up(s, x, level, next, random_key(seed, kBackKey, i, visit));
      x = known.apply(x);
      if (guide && level >= o.guide.stop_below) x = guided(guide, s, x, known, o.guide, level);
      const Estimate e = estimate(net, s, x, known, o, level);
      if (o.watch) o.watch(e.clean);
      const std::uint64_t key = random_key(seed, kStepKey, i);
      x = move_down(s, e, o, level, next, visit == 0 ? key : random_key(key, visit));
    }
  }
  return known.apply(x);
}

}  // namespace

torch::Tensor Inpainting::apply(const torch::Tensor& x) const {
  return mask.defined() ? torch::where(mask, values, x) : x;
}

TrajectoryGuide gradient_of(
    std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)> value) {
  return [value = std::move(value)](const torch::Tensor& x, const torch::Tensor& levels) {
    torch::AutoGradMode with_grad(true);
    const auto leaf = x.detach().requires_grad_(true);
    const auto total = value(leaf, levels).sum();
    return torch::autograd::grad({total}, {leaf})[0];
  };
}

std::vector<int> all_levels(int steps) { return spread_levels(steps - 1, steps); }

std::vector<int> spread_levels(int from, int count) {
  FS_CHECK(from >= 0 && count >= 1);
  const int visits = std::min(count, from + 1);
  std::vector<int> levels;
  for (int i = 0; i < visits; ++i) {
    const double share = visits == 1 ? 0.0 : static_cast<double>(i) / (visits - 1);
    levels.push_back(static_cast<int>(std::lround(from * (1.0 - share))));
  }
  return levels;
}

torch::Tensor sample_trajectories(const TrajectoryNet& net, const NoiseSchedule& schedule,
                                  const torch::Tensor& like, const Inpainting& known,
                                  const TrajectoryGuide& guide, const SampleOptions& options,
                                  std::uint64_t seed) {
  const auto start = options.start_temperature * noise_like(like, random_key(seed, kStartKey));
  return denoise(net, schedule, start, known, guide, options, seed);
}

torch::Tensor resample_trajectories(const TrajectoryNet& net, const NoiseSchedule& schedule,
                                    const torch::Tensor& plan, const Inpainting& known,
                                    const TrajectoryGuide& guide, const SampleOptions& options,
                                    std::uint64_t seed) {
  FS_CHECK(!options.levels.empty());
  const int level = options.levels.front();
  const auto noise = noise_like(plan, random_key(seed, kStartKey));
  const auto start = schedule.sqrt_abar[level] * plan + schedule.sqrt_one_minus_abar[level] * noise;
  return denoise(net, schedule, start, known, guide, options, seed);
}

TrajectoryNet compose_conditions(TrajectoryNet base, std::vector<TrajectoryNet> conditional,
                                 std::vector<double> weights) {
  FS_CHECK(conditional.size() == weights.size());
  return [base = std::move(base), conditional = std::move(conditional),
          weights = std::move(weights)](const torch::Tensor& x, const torch::Tensor& levels) {
    const auto unconditional = base(x, levels);
    auto result = unconditional;
    for (std::size_t i = 0; i < conditional.size(); ++i) {
      result = result + weights[i] * (conditional[i](x, levels) - unconditional);
    }
    return result;
  };
}

NoisyTrajectories draw_noisy(const NoiseSchedule& schedule, const torch::Tensor& clean,
                             const torch::Tensor& known_mask, std::uint64_t seed,
                             std::int64_t step) {
  NoisyTrajectories noisy;
  noisy.levels = torch::randint(schedule.steps, {clean.size(0)},
                                keyed_generator(random_key(seed, step, kLevelKey)), torch::kLong)
                     .to(clean.device());
  noisy.noise = noise_like(clean, random_key(seed, step, kNoiseKey));
  const auto per_frame = noisy.levels.unsqueeze(1).expand({clean.size(0), clean.size(1)});
  noisy.x = add_noise(schedule, clean, per_frame, noisy.noise);
  if (known_mask.defined()) noisy.x = torch::where(known_mask, clean, noisy.x);
  return noisy;
}

torch::Tensor trajectory_loss(const TrajectoryNet& net, const NoiseSchedule& schedule,
                              Prediction prediction, const torch::Tensor& clean,
                              const torch::Tensor& known_mask, const torch::Tensor& weight,
                              std::uint64_t seed, std::int64_t step) {
  const NoisyTrajectories noisy = draw_noisy(schedule, clean, known_mask, seed, step);
  const auto target = prediction == Prediction::kClean ? clean : noisy.noise;
  auto error = (net(noisy.x, noisy.levels) - target).square();
  if (known_mask.defined()) error = error.masked_fill(known_mask, 0.0);
  if (weight.defined()) error = error * weight;
  return error.mean();
}

}  // namespace foresight
