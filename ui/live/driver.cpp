#include "ui/live/driver.h"

#include <optional>

#include "controller/control_settings.h"
#include "controller/guidance.h"
#include "controller/plan_worker.h"
#include "sim/base/clock.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

LookaheadOptions lookahead_options(const ControllerSettings& s) {
  LookaheadOptions o;
  o.bf16 = s.bf16;
  o.guidance_scale = s.guidance_scale;
  o.sampler.roll_level = s.roll_level;
  o.sampler.roll_states = s.roll_states;
  o.sampler.roll_actions = s.roll_actions;
  // A younger plan is worth more than a finer one when it is followed: four calls.
  o.sampler.stride = s.threaded && !s.roll_actions ? 4 : default_stride(s.roll_actions);
  o.sampler.action_rows = default_action_rows(s.roll_actions);
  o.sampler.prune = s.prune;
  o.prompt = s.prompt;
  o.prompt_strength = s.prompt_strength;
  return o;
}

std::vector<float> floats_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.to(torch::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

struct Driver::Impl {
  Impl(std::shared_ptr<const Character> c, std::shared_ptr<const LookaheadModel> m,
       const ControllerSettings& s)
      : model(std::move(m)), settings(s), controller(std::move(c), model, lookahead_options(s), 1) {
    if (!s.threaded) return;
    worker = std::make_unique<PlanWorker>(controller);
    worker->start_every = s.replan_every;
  }

  DriverAction act_on_thread(const BodyState& state) {
    const std::size_t plans = worker->timings().size();
    const WorkerAction a = worker->step(state);
    if (worker->status() != ControlStatus::kOk) throw InternalError("the plan is not finite");
    DriverAction action{a.action, a.age, a.plan >= 0 && a.age > worker->pause_after, {}};
    if (worker->timings().size() > plans) action.new_plan = worker->timings().back();
    return action;
  }

  DriverAction act_in_step(const BodyState& state) {
    const auto begin = Clock::now();
    controller.act({&state, 1});
    seconds = seconds_since(begin);
    if (controller.status(0) != ControlStatus::kOk) throw InternalError("the plan is not finite");
    const std::span<const double> action = controller.action(0);
    return {{action.begin(), action.end()}, 0, false, {}};
  }

  const LookaheadPlan* current() const {
    if (!worker) return controller.plan().states.defined() ? &controller.plan() : nullptr;
    return worker->plan() ? &*worker->plan() : nullptr;
  }

  std::shared_ptr<const PlanData> describe(const LookaheadPlan& plan) const {
    const torch::NoGradGuard no_grad;
    auto data = std::make_shared<PlanData>();
    const GroundPose& frame = plan.frames[0];
    data->id = plan.id;
    data->frames = static_cast<int>(plan.states.size(1));
    data->width = static_cast<int>(plan.states.size(2));
    data->now = model->config.now();
    data->states = floats_of(plan.states[0]);
    data->origin = frame.position;
    data->yaw = frame.yaw;
    data->network_calls = plan.network_calls;
    data->seconds = worker ? worker->plan_seconds() : seconds;
    if (task) add_costs(plan, *data);
    return data;
  }

  // Costs of the plan as it is, and the step at a middle noise level, where guidance is strong and
  // the prediction already good.
  void add_costs(const LookaheadPlan& plan, PlanData& data) const {
    static const Surroundings nothing;
    const int now = model->config.now(), future = data.frames - now - 1;
    const torch::Tensor states = plan.states[0].to(torch::kDouble).contiguous();
    const PredictedMotion motion(model->layout, states.data_ptr<double>(), data.frames, now);
    const CostWorld world =
        make_cost_world(model->layout, surroundings ? *surroundings : nothing, plan.frames[0],
                        values, controller.character().control_dt(), future);
    for (const Cost& cost : task->costs) {
      MotionGradient ignored(motion);
      const double weight = cost.weight_in(world);
      data.costs.push_back(cost.term && weight > 0 ? weight * cost.term(motion, world, ignored)
                                                   : 0);
    }
    if (!settings.show_guidance || task->costs.empty()) return;
    const auto shape = {std::int64_t{1}, plan.states.size(1)};
    const auto levels = torch::full(shape, 8, torch::kLong);
    auto known = torch::zeros(shape, torch::kBool);
    known.narrow(1, 0, now + 1).fill_(true);
    data.guidance =
        floats_of(guidance_step(*task, model->layout, controller.sampler().schedule(),
                                plan.states.to(torch::kFloat), levels, known, {now, {world}})[0]);
  }

  std::shared_ptr<const LookaheadModel> model;
  ControllerSettings settings;
  LookaheadController controller;
  std::unique_ptr<PlanWorker> worker;  // after the controller, which it uses
  std::shared_ptr<const Task> task;
  std::vector<double> values;
  std::shared_ptr<const Surroundings> surroundings;
  double seconds = 0;
};

Driver::Driver(std::shared_ptr<const Character> character,
               std::shared_ptr<const LookaheadModel> model, const ControllerSettings& settings)
    : impl_(std::make_unique<Impl>(std::move(character), std::move(model), settings)) {}

Driver::~Driver() = default;

void Driver::set_task(std::shared_ptr<const Task> task, const std::vector<double>& values) {
  impl_->task = std::move(task);
  impl_->values = values;
  if (impl_->worker) return impl_->worker->set_task(*impl_->task, values);
  impl_->controller.set_task(*impl_->task);
  impl_->controller.set_values(0, values);
}

void Driver::set_orders(const std::vector<double>& values,
                        std::shared_ptr<const Surroundings> surroundings) {
  impl_->values = values;
  impl_->surroundings = surroundings;
  if (impl_->worker) {
    impl_->worker->set_values(values);
    impl_->worker->set_surroundings(std::move(surroundings));
    return;
  }
  impl_->controller.set_values(0, values);
  impl_->controller.set_surroundings(0, std::move(surroundings));
}

void Driver::start(const ControlStart& s) {
  plan_.reset();
  if (!impl_->worker) return impl_->controller.reset(0, s.seed, s.now, s.held);
  impl_->worker->start(s);
}

nlohmann::json Driver::told_settings() const {
  return to_json(control_settings(*impl_->model, lookahead_options(impl_->settings),
                                  impl_->settings.threaded, /*shared=*/false));
}

bool Driver::thinking() const { return impl_->worker && !plan_ && impl_->worker->thinking(); }

DriverAction Driver::act(const BodyState& state) {
  DriverAction action = impl_->worker ? impl_->act_on_thread(state) : impl_->act_in_step(state);
  age_ = action.age;
  const LookaheadPlan* current = impl_->current();
  if (current != nullptr && (!plan_ || plan_->id != current->id)) plan_ = impl_->describe(*current);
  return action;
}

PlannedStates Driver::planned() const {
  return plan_ ? planned_states(*impl_->current(), 0, age_ + 1) : PlannedStates{};
}

std::shared_ptr<const ControllerState> Driver::save() const {
  if (impl_->worker) return nullptr;
  return std::make_shared<const ControllerState>(impl_->controller.save());
}

void Driver::restore(const ControllerState& state) {
  FS_CHECK(!impl_->worker);
  impl_->controller.restore(state);
  if (!impl_->task) return;
  impl_->controller.set_task(*impl_->task);
  impl_->controller.set_values(0, impl_->values);
}

}  // namespace foresight
