// Generic training loop: AdamW or Muon, warm-up and cosine rate, EMA, clipping, bf16 autocast, and
// a state file from which a killed run goes on as if nothing had happened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/normaliser.h"
#include "models/torch.h"

namespace foresight {

struct TrainerConfig {
  double learning_rate = 6e-4;
  double final_rate = 0.02;  ///< share of the rate left at the end of the cosine
  double weight_decay = 1e-3;
  double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8;
  std::int64_t warmup_steps = 500;
  std::int64_t total_steps = 10000;
  double clip_norm = 1.0;  ///< 0: no clipping
  double ema_max = 0.9999;
  double ema_power = 0.75;  ///< decay = min(ema_max, 1 - (1 + step)^-power)
  std::string muon;         ///< matrices with this in their name learn by Muon; empty: none
  bool bf16 = false;        ///< autocast of the loss function, Muon's products
  std::uint64_t seed = 1;
  std::filesystem::path state_file;  ///< empty: nothing is saved
  std::filesystem::path log_file;    ///< CSV of the curve; empty: none
  double save_minutes = 5.0;
  std::int64_t log_every = 50;  ///< steps per CSV row
};

/// Learning rate at a step (0-based).
double learning_rate(const TrainerConfig& config, std::int64_t step);

/// EMA decay after a step (0-based).
double ema_decay(const TrainerConfig& config, std::int64_t step);

/// Loss of one step. All random draws inside must be keyed by (seed, step); dropout is, because
/// torch's global generators are reseeded before each call. `values` go to the log by name; the
/// same names must be given in every step.
struct StepLoss {
  torch::Tensor total;  ///< scalar with graph
  std::map<std::string, torch::Tensor> values;
};
using LossFunction = std::function<StepLoss(std::int64_t step)>;

enum class TrainingEnd { kFinished, kStoppedBySignal, kStoppedByCaller };

class Trainer {
 public:
  /// The module must already be on its device. Its parameters are trained in place.
  Trainer(std::shared_ptr<torch::nn::Module> module, const TrainerConfig& config);

  /// Loads the state file when there is one; returns whether it did. Throws InputError when it is
  /// broken or belongs to another model or seed.
  bool resume();

  /// One optimiser step; returns the loss. Throws InputError when the loss is not finite (the
  /// parameters are left as they were).
  double step(const LossFunction& loss);

  /// Steps until total_steps, SIGINT or SIGTERM, or until `after_step` (may be empty; gets the
  /// number of steps done and the loss) returns false. Saves every save_minutes and at the end.
  TrainingEnd run(const LossFunction& loss,
                  const std::function<bool(std::int64_t, double)>& after_step = {});

  /// Writes the state file now (atomically).
  void save() const;

  std::int64_t steps_done() const { return steps_done_; }
  const TrainerConfig& config() const { return config_; }

  /// Averaged parameters by name with `prefix`, float32 on the CPU.
  NamedTensors ema_tensors(const std::string& prefix) const;

  /// Swaps parameters and their averages: call before and after a validation.
  void swap_ema();

 private:
  void apply_gradients();
  void write_log(const StepLoss& loss, double total);

  std::shared_ptr<torch::nn::Module> module_;
  TrainerConfig config_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, ema_, moment1_, moment2_, step_counts_;
  std::vector<std::size_t> orthogonal_;       ///< indices of what Muon updates
  std::vector<std::size_t> decayed_, plain_;  ///< of the others, with and without weight decay
  std::int64_t steps_done_ = 0;
  std::map<std::string, double> log_sums_;
  double log_seconds_ = 0;
};

}  // namespace foresight
