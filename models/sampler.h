// Rolling denoising loop over a batch of worlds: observation -> plan of clean states and actions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "models/denoiser.h"
#include "models/normaliser.h"
#include "models/rolling.h"
#include "models/schedule.h"
#include "models/torch.h"

namespace foresight {

/// Past action tokens (frames before now): left over from the queue, or the executed ones written
/// clean at level 0. Training must have used the same.
enum class PastActions { kQueue, kExecuted };

struct SamplerOptions {
  int roll_level = -1;  ///< -1: default_roll_level
  bool roll_states = true;
  /// Off: the queue ties an action to what was seen when it entered, and the character reacts late
  /// (docs/experiments.md).
  bool roll_actions = false;
  int stride = default_stride(false);  ///< noise levels per network call; 2 halves the calls
  bool prune = true;                   ///< ignored with full attention, where it would not be exact
  ActionRows action_rows = default_action_rows(false);
  double state_temperature = 1, action_temperature = 1;  ///< factors on all random numbers
  PastActions past_actions = PastActions::kQueue;
  int follow_level =
      1;               ///< noise level at which follow() takes up a plan; below `stride`: one call
  int candidates = 1;  ///< plans made side by side, of which the cheapest is kept; needs a Ranking
  double clamp = 4;    ///< limit of clean predictions, in units of the training range; wide, as
                       ///< weights trained on keep the range of their first data
};

/// What the guidance of one network call sees. `n` worlds of the batch are denoised together.
struct GuidanceCall {
  torch::Tensor states;  ///< [n, T, D] clean prediction, normalised, not projected; history and
                         ///< inpainted tokens hold their known values
  torch::Tensor levels;  ///< [n, T] int64 labels; known tokens have 0
  torch::Tensor known;   ///< [n, T] bool: history and inpainted tokens (changes are ignored)
  torch::Tensor worlds;  ///< [n] int64 on the CPU: index of each world in the batch
  int row = 0;           ///< call of this control step
  int rows = 0;          ///< calls in this control step
};

/// Returns the modified clean prediction [n, T, D]. Runs without autograd: enable it inside and
/// detach `states` for gradients. The result is clamped by the sampler.
using Guidance = std::function<torch::Tensor(const GuidanceCall&)>;

/// Clean plans [n, T, D] (normalised) of worlds [n] (int64 on the CPU) -> what each costs [n].
using Ranking = std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>;

/// Last plan [n, T, D] (normalised, shifted to the new frame numbers, still in its old heading
/// frame) of worlds [n] -> the same states in the new heading frame.
using Reexpress = std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>;

/// Predictions under two prompts, mixed: prediction + share (other prediction - prediction). A
/// share above 1 from no prompt to one is classifier-free guidance.
struct PromptMix {
  Prompt prompt, other;  ///< normalised
  torch::Tensor share;   ///< [B]; undefined: only `prompt` counts
};

struct PlanRequest {
  torch::Tensor history;       ///< [B, history, D] normalised, last one is now
  torch::Tensor past_actions;  ///< [B, history - 1, Da] normalised; only for PastActions::kExecuted
  int advance = 1;             ///< control steps since the last plan
  torch::Tensor state_mask;    ///< [B, T] bool, tokens to inpaint; undefined: none
  torch::Tensor state_values;  ///< [B, T, D] normalised
  Guidance guidance;
  Ranking ranking;  ///< undefined: one plan a world, whatever SamplerOptions::candidates says
  Reexpress reexpress;
  PromptMix prompts;
};

struct Plan {
  torch::Tensor states;   ///< [B, T, D] clean, normalised, not projected
  torch::Tensor action;   ///< [B, Da] of now, normalised
  torch::Tensor actions;  ///< [B, action_frames, Da] last clean prediction of each token; those
                          ///< later than now come from the call that advanced the queue
  int network_calls = 0;
};

class Sampler {
 public:
  /// `denoiser` may be a bfloat16 copy. Everything runs on the device of `normaliser`, where the
  /// denoiser must be too. Every world starts reset with seed 0.
  Sampler(JointDenoiser denoiser, Normaliser normaliser, const SamplerOptions& options, int worlds);

  /// Forgets the queue of one world and restarts its noise at `seed`.
  void reset(int world, std::uint64_t seed);

  /// One control step for all worlds: at most two groups (rolling and just reset) one after the
  /// other.
  Plan plan(const PlanRequest& request);

  /// Actions of now for states that were planned before: `planned` [B, T, D], normalised, shifted
  /// to the frame numbers of now and in its heading frame. Looks at `request.history` (and past
  /// actions) only; the next plan() does not depend on it but for its random numbers.
  Plan follow(const PlanRequest& request, const torch::Tensor& planned);

  /// Everything that the next plan depends on besides the weights; `restore` takes it back.
  std::vector<torch::Tensor> snapshot() const;
  void restore(const std::vector<torch::Tensor>& state);

  const DenoiserConfig& config() const { return denoiser_->config(); }
  const RollingSpec& spec() const { return spec_; }
  const NoiseSchedule& schedule() const { return schedule_; }
  const Normaliser& normaliser() const { return normaliser_; }
  const SamplerOptions& options() const { return options_; }
  int worlds() const { return static_cast<int>(seeds_.size()); }

 private:
  struct RowTensors;
  struct Group;
  using Schedule = std::vector<RowTensors>;

  /// Rows of the first control step (advance 0) or of one that follows; made once.
  const Schedule& schedule_for(int advance);
  Schedule make_schedule(const std::vector<Row>& rows) const;
  RowTensors row_tensors(const Row& row, int index, int count) const;

  Plan run_groups(const PlanRequest& request);
  Group start_group(const std::vector<std::int64_t>& worlds, const PlanRequest& request,
                    int advance, int candidates) const;
  void fill_known(Group& group, const PlanRequest& request) const;
  CleanPrediction predict(const Group& group, const torch::Tensor& states,
                          const torch::Tensor& state_labels, const torch::Tensor& actions,
                          const torch::Tensor& action_labels) const;
  void start_samples(Group& group, int advance) const;
  void reexpress_samples(Group& group, const PlanRequest& request) const;
  void run_row(Group& group, const RowTensors& row, const PlanRequest& request) const;
  void step_states(Group& group, const RowTensors& row) const;
  void step_actions(Group& group, const RowTensors& row, const torch::Tensor& clean) const;
  torch::Tensor limited(const Group& group, const RowTensors& row, const torch::Tensor& labels,
                        const torch::Tensor& clean, const Guidance& guidance) const;
  void keep_cheapest(Group& group, const Ranking& ranking) const;
  void store_group(const Group& group, Plan& plan);
  torch::Tensor noise(const Group& group, int call, int kind, int tokens, int dim) const;

  JointDenoiser denoiser_;
  Normaliser normaliser_;
  SamplerOptions options_;
  RollingSpec spec_;
  NoiseSchedule schedule_;
  std::map<int, std::shared_ptr<const Schedule>> schedules_;
  std::shared_ptr<const Schedule> follow_schedule_;
  torch::Tensor kept_states_, kept_actions_, clean_;
  std::vector<std::uint64_t> seeds_;
  std::vector<std::int64_t> control_steps_;
  std::vector<bool> fresh_;
};

}  // namespace foresight
