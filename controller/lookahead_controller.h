// LookaheadController: observe -> plan -> act for a batch of worlds, every control step.
// History, denoising queue and random counters are kept per world, so the batch may be of any size
// and a world's actions do not depend on the others (up to rounding of batched arithmetic).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "controller/ground_pose.h"
#include "controller/guidance.h"
#include "controller/lookahead_model.h"
#include "controller/task.h"
#include "models/sampler.h"
#include "models/torch.h"

namespace foresight {

struct LookaheadOptions {
  SamplerOptions sampler;     // past_actions is taken from the model
  bool bf16 = false;          // network weights and arithmetic
  bool reexpress = true;      // buffered frames move into the new heading frame
  double guidance_scale = 1;  // factor on the weights of all costs
  double trust = 0;           // replaces the task's trust region, m (0: the task's)
  double max_gain = 0;        // replaces the task's limit of the gain (0: the task's)
  // Control steps that a plan takes, as on the app's planner thread: one starts every so many
  // steps and is followed from so many steps later on (0: plan in step).
  int plan_steps = 0;
  // Prompt that all worlds start with: prompt_frames x D numbers as in WorldPrompt; empty: none.
  std::vector<float> prompt;
  double prompt_strength = 1;  // share of it against no prompt (see PromptMix)
};

/// What a world goes on with, for models that take prompts. States [prompt_frames, D] are tokens in
/// the heading frame of their own last frame, prompt_stride control steps apart, m, m/s, rad;
/// undefined: no prompt.
struct WorldPrompt {
  torch::Tensor states;
  torch::Tensor other;  // the predictions are mixed with those under this prompt ...
  double share = 0;     // ... by this share (see PromptMix)
};

/// What was predicted in the last control step, for drawing, export and tests.
struct LookaheadPlan {
  std::int64_t id = 0;             // control step of the batch at which it was made
  torch::Tensor states;            // [B, T, D] on the CPU, m, m/s, rad; current heading frame
  torch::Tensor actions;           // [B, A, nu] on the CPU, rad (see Plan::actions)
  std::vector<GroundPose> frames;  // per world, of the current frame
  int network_calls = 0;
};

/// What one world went through since its last plan.
struct SeenStates {
  std::vector<BodyState> states;              // every control step, now last
  std::vector<std::vector<double>> executed;  // nu each, before each of these states
};

enum class ControlStatus { kOk, kBadState, kBadPlan };

/// Where one world's body is meant to be: states of a plan and the age of that plan.
struct PlannedStates {
  torch::Tensor states;  // [T, D], m, m/s, rad, in `frame`; undefined: there is no plan
  GroundPose frame;
  int age = 0;  // control steps since its observation
};

PlannedStates planned_states(const LookaheadPlan& plan, int world, int age);

/// Complete state of a controller. Cheap to copy (tensors are shared, never changed in place).
struct ControllerState {
  std::vector<torch::Tensor> sampler;
  struct PerWorld {
    std::deque<BodyState> history;
    std::deque<std::vector<double>> past_actions;
    GroundPose last_frame;
    TaskValues values;
    std::shared_ptr<const Surroundings> surroundings;  // null: nothing there
    std::vector<double> last_action;
    WorldPrompt prompt;
    int unplanned = 0;                // control steps since the last plan
    PlannedStates followed, pending;  // with plan_steps
  };
  std::vector<PerWorld> worlds;
  std::shared_ptr<const Task> task;  // as it was set, before the factors of the options
  std::int64_t steps = 0;
  int until_plan = 0;  // control steps, with plan_steps
};

class LookaheadController {
 public:
  using Actions = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  /// The character gives joint limits; `model` is shared by controllers and not changed.
  LookaheadController(std::shared_ptr<const Character> character,
                      std::shared_ptr<const LookaheadModel> model, const LookaheadOptions& options,
                      int worlds);

  int worlds() const { return static_cast<int>(state_.worlds.size()); }
  const Character& character() const { return *character_; }
  const LookaheadModel& model() const { return *model_; }
  const Sampler& sampler() const { return sampler_; }

  /// Starts one world anew: history as if the body had moved at constant velocity until `state`
  /// with the PD targets `held` (nu, rad; all zero when empty).
  void reset(int world, std::uint64_t seed, const BodyState& state,
             std::span<const double> held = {});

  /// Task of all worlds, at its default values, steered as strongly as the options say.
  void set_task(const Task& task);
  /// Parameter values of one world.
  void set_values(int world, const TaskValues& values);
  const TaskValues& values(int world) const { return state_.worlds.at(world).values; }
  /// Obstacles, things that move and keyframes of one world, until changed; null: nothing.
  void set_surroundings(int world, std::shared_ptr<const Surroundings> surroundings);
  const std::shared_ptr<const Surroundings>& surroundings(int world) const {
    return state_.worlds.at(world).surroundings;
  }
  const Task& task() const { return task_; }

  /// Prompt of one world, until changed; stays over a reset. Throws InputError for a model that
  /// takes none.
  void set_prompt(int world, const WorldPrompt& prompt);
  const WorldPrompt& prompt(int world) const { return state_.worlds.at(world).prompt; }

  /// One control step: takes the current body state of every world and returns the actions, one
  /// row of nu PD targets (rad, within ctrlrange) per world. A world with a state or a plan that is
  /// not finite keeps its last action; see status().
  const Actions& act(std::span<const BodyState> states);

  /// A control step without a plan, for those who re-plan only every few steps: takes the states of
  /// all worlds. The next `act` advances by the steps watched.
  void watch(std::span<const BodyState> states);

  /// Tells what was executed instead of the last action (nu, rad).
  void set_executed(int world, std::span<const double> action);

  /// Plans for one world without acting: see plan().
  void plan_only(const SeenStates& seen);

  /// One control step without a plan of its own: the actions, as of act(), that keep to one plan
  /// per world at the states of now. A few network calls.
  const Actions& follow(std::span<const BodyState> states, std::span<const PlannedStates> plans);

  /// A controller with the same model and options.
  LookaheadController twin() const { return {character_, model_, options_, worlds()}; }

  std::span<const double> action(int world) const;
  ControlStatus status(int world) const { return status_.at(world); }
  const LookaheadPlan& plan() const { return plan_; }
  /// One world's newest plan, as old as it is when the next control step begins; no states before
  /// the first one since reset() or restore().
  PlannedStates planned(int world) const;

  /// Everything that the next action depends on besides weights and options.
  ControllerState save() const;
  void restore(const ControllerState& state);

 private:
  void steer_by(const Task& task);
  void observe(int world, const BodyState& state);
  torch::Tensor history_features() const;
  torch::Tensor past_actions() const;
  std::shared_ptr<const GuidanceContext> context() const;
  void inpaint_keyframes(PlanRequest& request) const;
  Prompt prompts(torch::Tensor WorldPrompt::*which) const;
  PromptMix prompt_mix() const;
  Reexpress reexpression() const;
  PlanRequest request_with_past() const;
  PlanRequest make_request() const;
  void act_with_delay();
  void plan_with_delay();
  torch::Tensor normalised_plans(std::span<const PlannedStates> plans) const;
  void take_actions_of(std::span<const PlannedStates> plans);
  void keep_plan(const Plan& plan);
  void take_action(int world, const torch::Tensor& actions);

  std::shared_ptr<const Character> character_;
  std::shared_ptr<const LookaheadModel> model_;
  LookaheadOptions options_;
  torch::Device device_;
  Sampler sampler_;
  Task task_;
  ControllerState state_;
  std::vector<GroundPose> frames_, last_frames_;
  std::vector<ControlStatus> status_;
  Actions actions_;
  LookaheadPlan plan_;
  std::vector<bool> planned_;  // per world: plan_ was made since its reset
};

/// The state `seconds` ago of a body that moved at constant velocity.
BodyState extrapolate_back(const BodyState& state, double seconds);

}  // namespace foresight
