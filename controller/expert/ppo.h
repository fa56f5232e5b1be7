// Proximal policy optimisation (Schulman et al. 2017) of the tracking expert over batched worlds.
#pragma once

#include <torch/optim/adam.h>

#include <filesystem>
#include <memory>

#include "controller/expert/expert_policy.h"
#include "controller/expert/tracking_env.h"
#include "models/torch.h"

namespace foresight {

struct PpoConfig {
  int steps = 24;  // control steps per iteration and world
  int epochs = 4;
  int minibatches = 6;
  double gamma = 0.97;
  double lambda = 0.95;
  double clip = 0.2;
  double max_grad_norm = 1.0;
  double min_rate = 1.5e-4, max_rate = 1e-3;  // Adam's rate, adapted by KL
  double min_kl = 0.015, max_kl = 0.03;
  bool bf16 = false;           // multiply in bfloat16 but for the output layers
  double min_std = 0.1;        // expert units
  int value_iterations = 0;    // at first, in which only the value function learns
  double earlier_samples = 0;  // that the policy was trained on before
};

/// What one iteration did, averaged over its samples.
struct PpoReport {
  long iteration = 0;
  double samples = 0;  // since the start of training
  double reward = 0;
  double failures = 0;  // per control step
  double error = 0;     // m, mean body error
  double kl = 0, rate = 0, std = 0, value_loss = 0;
  double steps_per_second = 0;
  double simulation_share = 0;  // of the wall time
};

class Ppo {
 public:
  Ppo(TrackingEnv& env, ExpertPolicy policy, const PpoConfig& config, std::uint64_t seed);

  PpoReport iterate();

  /// From now on the policy is also drawn to these actions (raw observations [N, D], actions
  /// [N, A] in expert units): weight x half the squared distance in standard deviations of the
  /// policy, added to PPO's loss (DAPG, Rajeswaran et al. 2018, without decay).
  void learn_from(torch::Tensor observations, torch::Tensor actions, double weight);

  /// Sets the standard deviation of all actions (expert units), which then learns on: more of it
  /// lets the policy change faster and track worse meanwhile.
  void set_noise(double std);

  /// Training state: weights, Adam's moments, rate, counters, sampling rates.
  void save(const std::filesystem::path& file) const;
  void load(const std::filesystem::path& file);

  double samples() const { return samples_; }
  long iteration() const { return iteration_; }

 private:
  torch::Tensor policy_mean(const torch::Tensor& observations);
  torch::Tensor value_of(const torch::Tensor& observations);
  void collect(PpoReport& report);
  void estimate_advantages();
  void update(PpoReport& report);
  torch::Tensor imitation_loss(int64_t count);
  torch::Tensor minibatch_loss(const torch::Tensor& rows, double& kl, double& value_loss);
  bool policy_learns() const { return iteration_ >= config_.value_iterations; }
  void clip_gradients();
  void adapt_rate(double kl);
  void set_rate(double rate);

  TrackingEnv& env_;
  ExpertPolicy policy_;
  PpoConfig config_;
  torch::optim::Adam optimizer_;
  std::uint64_t seed_;
  double rate_;
  double samples_ = 0;
  long iteration_ = 0;
  torch::Tensor shown_, shown_actions_;  // demonstrations
  double imitation_ = 0;
  torch::Tensor now_;  // [N, D] current observations, raw
  // [T, N, ...] of the current iteration
  torch::Tensor raw_, observations_, actions_, means_, log_probs_, rewards_, values_, endings_;
  torch::Tensor final_values_, advantages_, returns_, final_raw_;
};

}  // namespace foresight
