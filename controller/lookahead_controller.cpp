#include "controller/lookahead_controller.h"

#include <algorithm>
#include <cmath>

#include "controller/state_token.h"
#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

bool finite(const BodyState& s) {
  bool good = s.root_position.allFinite() && s.root_rotation.coeffs().allFinite() &&
              s.root_velocity.allFinite() && s.root_angular_velocity.allFinite() &&
              s.key_position.allFinite() && s.key_velocity.allFinite();
  for (const auto& q : s.end_effector_rotation) good = good && q.coeffs().allFinite();
  return good;
}

JointDenoiser network_of(const LookaheadModel& model, bool bf16) {
  if (!bf16) return model.denoiser;
  return cast_copy(model.denoiser, torch::kBFloat16, model.normaliser.projection.device());
}

SamplerOptions sampler_options(const LookaheadModel& model, const LookaheadOptions& options) {
  SamplerOptions result = options.sampler;
  result.past_actions = model.past_actions;
  return result;
}

torch::Tensor poses_tensor(const std::vector<GroundPose>& poses, bool heading) {
  auto out = torch::empty({static_cast<std::int64_t>(poses.size()), 2});
  auto rows = out.accessor<float, 2>();
  for (std::size_t i = 0; i < poses.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const GroundPose& p = poses[i];
    rows[row][0] = static_cast<float>(heading ? std::cos(p.yaw) : p.position.x());
    rows[row][1] = static_cast<float>(heading ? std::sin(p.yaw) : p.position.y());
  }
  return out;
}

torch::Tensor prompt_tensor(const std::vector<float>& numbers, const DenoiserConfig& config) {
  const auto wanted = static_cast<std::size_t>(config.prompt_frames) * config.state_dim;
  if (numbers.size() != wanted) {
    throw InputError("the prompt has " + std::to_string(numbers.size()) +
                     " numbers; the weights take " + std::to_string(wanted) +
                     (wanted == 0 ? " (no prompts)" : ""));
  }
  return torch::tensor(numbers).view({config.prompt_frames, config.state_dim});
}

/// `now` seen from `before`.
GroundPose relative(const GroundPose& before, const GroundPose& now) {
  const Eigen::Rotation2Dd back(-before.yaw);
  return {back * (now.position - before.position), now.yaw - before.yaw};
}

}  // namespace

BodyState extrapolate_back(const BodyState& state, double seconds) {
  BodyState past = state;
  past.root_position -= seconds * state.root_velocity;
  past.key_position -= seconds * state.key_velocity;
  const Quaterniond back = quat_from_rotvec(-seconds * state.root_angular_velocity);
  past.root_rotation = (back * state.root_rotation).normalized();
  for (auto& q : past.end_effector_rotation) q = (back * q).normalized();
  return past;
}

PlannedStates planned_states(const LookaheadPlan& plan, int world, int age) {
  return {plan.states[world], plan.frames[world], age};
}

LookaheadController::LookaheadController(std::shared_ptr<const Character> character,
                                         std::shared_ptr<const LookaheadModel> model,
                                         const LookaheadOptions& options, int worlds)
    : character_(std::move(character)),
      model_(std::move(model)),
      options_(options),
      device_(model_->normaliser.projection.device()),
      sampler_(network_of(*model_, options.bf16), model_->normaliser,
               sampler_options(*model_, options), worlds),
      frames_(worlds),
      last_frames_(worlds),
      status_(worlds, ControlStatus::kOk),
      actions_(Eigen::MatrixXd::Zero(worlds, character_->nu)),
      planned_(worlds, false) {
  FS_CHECK(worlds >= 1 && model_->config.history >= 2);
  state_.worlds.resize(worlds);
  set_task(find_task("free"));
  if (options.prompt.empty()) return;
  const auto prompt = prompt_tensor(options.prompt, model_->config);
  const bool plain = options.prompt_strength == 1;
  for (int i = 0; i < worlds; ++i) {
    set_prompt(
        i, plain ? WorldPrompt{prompt, {}, 0} : WorldPrompt{{}, prompt, options.prompt_strength});
  }
}

void LookaheadController::reset(int world, std::uint64_t seed, const BodyState& state,
                                std::span<const double> held) {
  FS_CHECK(held.empty() || static_cast<int>(held.size()) == character_->nu);
  auto& w = state_.worlds.at(world);
  const DenoiserConfig& config = model_->config;
  w.history.clear();
  for (int i = config.now(); i >= 0; --i) {
    w.history.push_back(extrapolate_back(state, i * character_->control_dt()));
  }
  // The newest entry is replaced by the first observation, which is this same state.
  w.history.pop_back();
  w.last_action.assign(character_->nu, 0.0);
  std::copy(held.begin(), held.end(), w.last_action.begin());
  w.past_actions.assign(config.now(), w.last_action);
  w.last_frame = ground_pose(state);
  w.surroundings.reset();
  w.unplanned = 0;
  w.followed = w.pending = {};
  planned_[world] = false;
  sampler_.reset(world, seed);
}

void LookaheadController::set_task(const Task& task) {
  state_.task = std::make_shared<const Task>(task);
  steer_by(task);
  for (auto& world : state_.worlds) world.values = task.defaults();
}

// The costs and limits in force: those of the task, changed as the options say.
void LookaheadController::steer_by(const Task& task) {
  task_ = task;
  for (Cost& cost : task_.costs) cost.weight *= options_.guidance_scale;
  if (options_.trust > 0) task_.guidance.trust = options_.trust;
  if (options_.max_gain > 0) task_.guidance.max_gain = options_.max_gain;
}

void LookaheadController::set_values(int world, const TaskValues& values) {
  FS_CHECK(values.size() == task_.parameters.size());
  state_.worlds.at(world).values = values;
}

void LookaheadController::set_surroundings(int world,
                                           std::shared_ptr<const Surroundings> surroundings) {
  state_.worlds.at(world).surroundings = std::move(surroundings);
}

void LookaheadController::set_prompt(int world, const WorldPrompt& prompt) {
  const DenoiserConfig& c = model_->config;
  for (const torch::Tensor& states : {prompt.states, prompt.other}) {
    if (!states.defined()) continue;
    if (c.prompt_frames == 0) {
      throw InputError(
          "these weights take no prompts (contract field model/prompt_frames); use "
          "some that were trained with --prompt-frames");
    }
    FS_CHECK(states.dim() == 2 && states.size(0) == c.prompt_frames &&
             states.size(1) == c.state_dim);
  }
  state_.worlds.at(world).prompt = prompt;
}

void LookaheadController::set_executed(int world, std::span<const double> action) {
  auto& w = state_.worlds.at(world);
  FS_CHECK(action.size() == w.last_action.size() && !w.past_actions.empty());
  w.last_action.assign(action.begin(), action.end());
  w.past_actions.back() = w.last_action;
}

void LookaheadController::watch(std::span<const BodyState> states) {
  FS_CHECK(static_cast<int>(states.size()) == worlds());
  for (int i = 0; i < worlds(); ++i) {
    auto& w = state_.worlds[i];
    observe(i, states[i]);
    w.past_actions.push_back(w.last_action);
    w.past_actions.pop_front();
    ++w.unplanned;
  }
}

void LookaheadController::observe(int world, const BodyState& state) {
  auto& w = state_.worlds[world];
  FS_CHECK(!w.last_action.empty());  // reset comes first
  const bool good = finite(state);
  status_[world] = good ? ControlStatus::kOk : ControlStatus::kBadState;
  w.history.push_back(good || w.history.empty() ? state : w.history.back());
  const auto wanted = static_cast<std::size_t>(model_->config.history);
  while (w.history.size() > wanted) w.history.pop_front();
  last_frames_[world] = w.last_frame;
  frames_[world] = ground_pose(w.history.back());
}

torch::Tensor LookaheadController::history_features() const {
  const StateLayout& layout = model_->layout;
  const std::int64_t frames = model_->config.history, width = layout.raw.size();
  auto raw = torch::empty({worlds(), frames, width});
  float* out = raw.data_ptr<float>();
  for (int i = 0; i < worlds(); ++i) {
    for (const BodyState& state : state_.worlds[i].history) {
      write_raw_frame(state, frames_[i].position, {out, static_cast<std::size_t>(width)});
      out += width;
    }
  }
  return window_features(layout, raw.to(device_), model_->config.now());
}

torch::Tensor LookaheadController::past_actions() const {
  const int past = model_->config.now();
  auto actions = torch::empty({worlds(), past, character_->nu});
  float* out = actions.data_ptr<float>();
  for (const auto& world : state_.worlds) {
    for (const auto& action : world.past_actions) {
      for (const double a : action) *out++ = static_cast<float>(a);
    }
  }
  return model_->normaliser.normalise_actions(actions.to(device_));
}

std::shared_ptr<const GuidanceContext> LookaheadController::context() const {
  static const Surroundings nothing;
  auto c = std::make_shared<GuidanceContext>();
  c->now = model_->config.now();
  for (int i = 0; i < worlds(); ++i) {
    const auto& w = state_.worlds[i];
    c->worlds.push_back(make_cost_world(model_->layout, w.surroundings ? *w.surroundings : nothing,
                                        frames_[i], w.values, character_->control_dt(),
                                        model_->config.future));
  }
  return c;
}

void LookaheadController::inpaint_keyframes(PlanRequest& request) const {
  const DenoiserConfig& config = model_->config;
  torch::Tensor mask, values;
  for (int i = 0; i < worlds(); ++i) {
    const auto& around = state_.worlds[i].surroundings;
    if (!around) continue;
    for (const Keyframe& key : around->keyframes) {
      if (!key.parts.empty() || key.frames_ahead < 1 || key.frames_ahead > config.future) continue;
      if (!mask.defined()) {
        mask = torch::zeros({worlds(), config.frames()}, torch::kBool);
        values = torch::zeros({worlds(), config.frames(), config.state_dim});
      }
      const int frame = config.now() + key.frames_ahead;
      const Eigen::VectorXf token =
          state_token(model_->layout, key.state, frames_[i]).cast<float>();
      mask[i][frame] = true;
      std::copy_n(token.data(), token.size(), values[i][frame].data_ptr<float>());
    }
  }
  if (!mask.defined()) return;
  request.state_mask = mask.to(device_);
  request.state_values = model_->normaliser.normalise_states(values.to(device_));
}

Prompt LookaheadController::prompts(torch::Tensor WorldPrompt::*which) const {
  const DenoiserConfig& c = model_->config;
  Prompt all;
  for (int i = 0; i < worlds(); ++i) {
    const torch::Tensor& own = state_.worlds[i].prompt.*which;
    if (!own.defined()) continue;
    if (!all.states.defined()) {
      all.states = torch::zeros({worlds(), c.prompt_frames, c.state_dim});
      all.given = torch::zeros({worlds()}, torch::kBool);
    }
    all.states[i].copy_(own);
    all.given[i] = true;
  }
  if (!all.states.defined()) return {};
  return {model_->normaliser.normalise_states(all.states.to(device_)), all.given.to(device_)};
}

PromptMix LookaheadController::prompt_mix() const {
  std::vector<float> shares;
  for (const auto& w : state_.worlds) shares.push_back(static_cast<float>(w.prompt.share));
  const bool mixed =
      std::any_of(shares.begin(), shares.end(), [](float share) { return share != 0; });
  PromptMix mix{prompts(&WorldPrompt::states), {}, {}};
  if (!mixed) return mix;
  mix.other = prompts(&WorldPrompt::other);
  mix.share = torch::tensor(shares);
  return mix;
}

Reexpress LookaheadController::reexpression() const {
  if (!options_.reexpress) return {};
  std::vector<GroundPose> moved(frames_.size());
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] = relative(last_frames_[i], frames_[i]);
  const auto position = poses_tensor(moved, false).to(device_);
  const auto heading = poses_tensor(moved, true).to(device_);
  return [this, position, heading](const torch::Tensor& states, const torch::Tensor& which) {
    const auto index = which.to(device_);
    const Normaliser& n = model_->normaliser;
    return n.normalise_states(reexpress_states(model_->layout, n.unnormalise_states(states),
                                               position.index_select(0, index),
                                               heading.index_select(0, index)));
  };
}

// What the network is told of the past; the rest of the request is left to the caller.
PlanRequest LookaheadController::request_with_past() const {
  PlanRequest request;
  request.history = model_->normaliser.normalise_states(history_features());
  if (model_->past_actions == PastActions::kExecuted) request.past_actions = past_actions();
  request.prompts = prompt_mix();
  return request;
}

PlanRequest LookaheadController::make_request() const {
  PlanRequest request = request_with_past();
  const auto seen = context();
  request.guidance =
      make_guidance(task_, model_->layout, model_->normaliser, sampler_.schedule(), seen);
  if (options_.sampler.candidates > 1) {
    request.ranking = make_ranking(task_, model_->layout, model_->normaliser, seen);
  }
  request.reexpress = reexpression();
  inpaint_keyframes(request);
  return request;
}

const LookaheadController::Actions& LookaheadController::act(std::span<const BodyState> states) {
  FS_CHECK(static_cast<int>(states.size()) == worlds());
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < worlds(); ++i) observe(i, states[i]);
  if (options_.plan_steps > 0) {
    act_with_delay();
    return actions_;
  }
  PlanRequest request = make_request();
  for (auto& w : state_.worlds) {
    request.advance = std::max(request.advance, 1 + w.unplanned);
    w.unplanned = 0;
  }
  keep_plan(sampler_.plan(request));
  const auto actions = plan_.actions.select(1, model_->config.now()).contiguous();
  for (int i = 0; i < worlds(); ++i) take_action(i, actions[i]);
  return actions_;
}

// What is planned now is followed only plan_steps later; a world without a plan cannot wait.
void LookaheadController::act_with_delay() {
  const bool missing = std::any_of(state_.worlds.begin(), state_.worlds.end(),
                                   [](const auto& w) { return !w.pending.states.defined(); });
  if (missing || state_.until_plan <= 0) plan_with_delay();
  --state_.until_plan;
  std::vector<PlannedStates> followed;
  for (auto& w : state_.worlds) followed.push_back(w.followed);
  take_actions_of(followed);
  for (auto& w : state_.worlds) {
    ++w.followed.age;
    ++w.pending.age;
    ++w.unplanned;
  }
}

void LookaheadController::plan_with_delay() {
  int advance = 1;
  for (int i = 0; i < worlds(); ++i) {
    const auto& w = state_.worlds[i];
    if (w.pending.states.defined()) last_frames_[i] = w.pending.frame;
    advance = std::max(advance, w.unplanned);
  }
  PlanRequest request = make_request();
  request.advance = advance;
  keep_plan(sampler_.plan(request));
  for (int i = 0; i < worlds(); ++i) {
    auto& w = state_.worlds[i];
    const PlannedStates planned = planned_states(plan_, i, 0);
    w.followed = w.pending.states.defined() ? w.pending : planned;
    w.pending = planned;
    w.unplanned = 0;
  }
  state_.until_plan = options_.plan_steps;
}

// The plans' states [B, T, D] with the frame numbers and in the heading frames of now, normalised.
// Beyond the end of a plan its last state is repeated.
torch::Tensor LookaheadController::normalised_plans(std::span<const PlannedStates> plans) const {
  const auto frames = static_cast<std::int64_t>(model_->config.frames());
  std::vector<torch::Tensor> states;
  std::vector<GroundPose> moved;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto age = std::min<std::int64_t>(plans[i].age, frames - 1);
    const torch::Tensor& all = plans[i].states;
    states.push_back(torch::cat(
        {all.narrow(0, age, frames - age), all.narrow(0, frames - 1, 1).expand({age, -1})}));
    moved.push_back(relative(plans[i].frame, frames_[i]));
  }
  return model_->normaliser.normalise_states(reexpress_states(
      model_->layout, torch::stack(states).to(device_), poses_tensor(moved, false).to(device_),
      poses_tensor(moved, true).to(device_)));
}

// Actions of now that keep to the plans.
void LookaheadController::take_actions_of(std::span<const PlannedStates> plans) {
  const Plan plan = sampler_.follow(request_with_past(), normalised_plans(plans));
  const auto actions = model_->normaliser.unnormalise_actions(plan.action).cpu();
  for (int i = 0; i < worlds(); ++i) take_action(i, actions[i].contiguous());
}

void LookaheadController::plan_only(const SeenStates& seen) {
  FS_CHECK(worlds() == 1 && !seen.states.empty() && seen.executed.size() == seen.states.size());
  const torch::NoGradGuard no_grad;
  auto& w = state_.worlds[0];
  const GroundPose planned_from = w.last_frame;
  for (std::size_t i = 0; i < seen.states.size(); ++i) {
    w.past_actions.push_back(seen.executed[i]);
    w.past_actions.pop_front();
    observe(0, seen.states[i]);
  }
  last_frames_[0] = planned_from;
  PlanRequest request = make_request();
  request.advance = static_cast<int>(seen.states.size());
  keep_plan(sampler_.plan(request));
  if (!plan_.states.isfinite().all().item<bool>()) status_[0] = ControlStatus::kBadPlan;
  w.last_frame = frames_[0];
}

const LookaheadController::Actions& LookaheadController::follow(
    std::span<const BodyState> states, std::span<const PlannedStates> plans) {
  FS_CHECK(static_cast<int>(states.size()) == worlds() && plans.size() == states.size());
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < worlds(); ++i) observe(i, states[i]);
  take_actions_of(plans);
  return actions_;
}

void LookaheadController::keep_plan(const Plan& plan) {
  const Normaliser& n = model_->normaliser;
  plan_.id = state_.steps++;
  plan_.states = n.unnormalise_states(plan.states).cpu();
  plan_.actions = n.unnormalise_actions(plan.actions).cpu();
  plan_.frames = frames_;
  plan_.network_calls = plan.network_calls;
  planned_.assign(worlds(), true);
}

void LookaheadController::take_action(int world, const torch::Tensor& actions) {
  auto& w = state_.worlds[world];
  const float* wanted = actions.data_ptr<float>();
  const bool good =
      std::all_of(wanted, wanted + character_->nu, [](float a) { return std::isfinite(a); });
  if (!good && status_[world] == ControlStatus::kOk) status_[world] = ControlStatus::kBadPlan;
  if (status_[world] == ControlStatus::kOk) {
    for (int j = 0; j < character_->nu; ++j) {
      w.last_action[j] = std::clamp(static_cast<double>(wanted[j]), character_->ctrl_low[j],
                                    character_->ctrl_high[j]);
    }
  }
  w.past_actions.push_back(w.last_action);
  w.past_actions.pop_front();
  w.last_frame = frames_[world];
  actions_.row(world) = Eigen::Map<const Eigen::RowVectorXd>(w.last_action.data(), character_->nu);
}

PlannedStates LookaheadController::planned(int world) const {
  const auto& w = state_.worlds.at(world);
  if (!planned_[world]) return {};
  const bool delayed = options_.plan_steps > 0;
  return planned_states(plan_, world, delayed ? w.pending.age : 1 + w.unplanned);
}

std::span<const double> LookaheadController::action(int world) const {
  return state_.worlds.at(world).last_action;
}

ControllerState LookaheadController::save() const {
  ControllerState state = state_;
  state.sampler = sampler_.snapshot();
  return state;
}

void LookaheadController::restore(const ControllerState& state) {
  FS_CHECK(state.worlds.size() == state_.worlds.size());
  FS_CHECK(state.task != nullptr);
  steer_by(*state.task);
  sampler_.restore(state.sampler);
  state_ = state;
  state_.sampler.clear();
  planned_.assign(worlds(), false);
}

}  // namespace foresight
