// Decision Diffuser: diffusion over states alone under conditions (classifier-free guidance), and
// inverse dynamics for the actions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "controller/planners/planner_training.h"
#include "models/inverse_dynamics.h"
#include "models/normaliser.h"
#include "models/temporal_unet.h"
#include "models/trajectory_diffusion.h"

namespace foresight {

struct DecisionDiffuserConfig {
  int state_dim = 4, action_dim = 2;
  int frames = 32;        ///< states per plan
  int history = 1;        ///< most states that may be known at the start of a plan
  int levels = 100;       ///< diffusion steps
  double dropout = 0.25;  ///< share of training samples without their condition
  int hidden = 256;       ///< of the inverse dynamics
  int condition = 1;      ///< numbers in a condition
  /// The paper predicts the noise; the clean states need fewer denoising steps.
  Prediction prediction = Prediction::kClean;
  int width = 32;
  std::vector<int> multipliers = {1, 2, 4};
};

/// Throws InputError naming the field that is out of range.
void check_config(const DecisionDiffuserConfig& config);
nlohmann::json to_json(const DecisionDiffuserConfig& config);
DecisionDiffuserConfig decision_diffuser_config_from_json(const nlohmann::json& json);

/// Both networks, trained together on one loss.
struct DecisionNetsImpl : torch::nn::Module {
  explicit DecisionNetsImpl(const DecisionDiffuserConfig& config);
  TemporalUNet states{nullptr};
  InverseDynamics inverse{nullptr};
};
TORCH_MODULE(DecisionNets);

struct DecisionDiffuser {
  DecisionDiffuserConfig config;
  DecisionNets nets{nullptr};
  Scaling state, action;
  nlohmann::json contract;
};

DecisionDiffuser make_decision_diffuser(const DecisionDiffuserConfig& config, std::uint64_t seed);

/// Samples in physical units: states [B, frames, D], actions [B, frames, Da] (the last one is not
/// used), conditions [B, condition].
struct DecisionBatch {
  torch::Tensor states, actions, conditions;
};
using DecisionSource = std::function<DecisionBatch(std::int64_t step)>;

/// (Error of the state diffusion + squared error of the inverse dynamics) / 2. Draws are
/// keyed by (seed, step).
StepLoss decision_loss(DecisionDiffuser& model, const NoiseSchedule& schedule,
                       const DecisionBatch& batch, std::uint64_t seed, std::int64_t step);

/// Trains `model` (its scalings must be set) and writes options.out/NAME.safetensors.
PlannerTrainingResult train_decision_diffuser(DecisionDiffuser& model, const std::string& name,
                                              const DecisionSource& source,
                                              const nlohmann::json& training_data,
                                              const PlannerTrainingOptions& options);

/// A condition and its weight in classifier-free guidance; a negative weight avoids it.
struct WeightedCondition {
  std::vector<float> values;
  double weight = 1.2;
};

struct DecisionOptions {
  int calls = 20;                             ///< denoising steps per plan
  double temperature = 0.5;                   ///< factor on noise (low-temperature sampling)
  std::vector<WeightedCondition> conditions;  ///< summed; empty: unconditional
  std::uint64_t seed = 1;
  int repeats = 1;  ///< visits of every level, see SampleOptions
};

/// Plans [B, frames, D] (physical units) that start with the given history [B, K, D], K at most
/// config.history.
torch::Tensor plan_states(const DecisionDiffuser& model, const torch::Tensor& history,
                          const DecisionOptions& options);

/// Action [B, Da] that leads from states [B, D] to `next` [B, D], physical units.
torch::Tensor inverse_action(const DecisionDiffuser& model, const torch::Tensor& state,
                             const torch::Tensor& next);

/// Throws InputError when the file is no Decision Diffuser checkpoint.
DecisionDiffuser load_decision_diffuser(const std::filesystem::path& path);

}  // namespace foresight
