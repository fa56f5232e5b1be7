#include "controller/guidance.h"

#include <algorithm>

#include "models/torch.h"

namespace foresight {
namespace {

torch::Tensor gains(const NoiseSchedule& schedule, const GuidanceSettings& settings,
                    const torch::Tensor& levels, const torch::Tensor& known) {
  std::vector<double> table = schedule.guidance_gain;
  for (std::size_t k = 0; k < table.size(); ++k) {
    const bool guided = static_cast<int>(k) * 20 < settings.unguided_from * schedule.steps;
    table[k] = guided ? std::min(table[k], settings.max_gain) : 0.0;
  }
  return gather_levels(table, levels).to(torch::kFloat).masked_fill(known.unsqueeze(-1), 0.0);
}

// The worlds of the batch that a call is about: all of them, unless some were just reset.
GuidanceContext chosen(const GuidanceContext& all, const torch::Tensor& which) {
  GuidanceContext some;
  some.now = all.now;
  const auto index = which.accessor<std::int64_t, 1>();
  for (std::int64_t i = 0; i < which.size(0); ++i) some.worlds.push_back(all.worlds[index[i]]);
  return some;
}

// Of the plain terms, [B, T, D] each (double, on the CPU).
struct PlainGradient {
  torch::Tensor gradient, moves;
};

PlainGradient plain_gradient(const Task& task, const StateLayout& layout,
                             const torch::Tensor& states, const GuidanceContext& context) {
  PlainGradient all{torch::zeros_like(states), torch::zeros_like(states)};
  const int frames = static_cast<int>(states.size(1)), dim = layout.dim();
  for (std::size_t b = 0; b < context.worlds.size(); ++b) {
    const std::size_t first = b * frames * dim;
    const PredictedMotion motion(layout, states.data_ptr<double>() + first, frames, context.now);
    MotionGradient gradient(motion);
    plain_cost(task, motion, context.worlds[b], gradient);
    const std::size_t future = first + static_cast<std::size_t>(context.now + 1) * dim;
    const auto write = [future](const Eigen::MatrixXd& rows, const torch::Tensor& to) {
      std::copy_n(rows.data(), rows.size(), to.data_ptr<double>() + future);
    };
    write(gradient.rows(), all.gradient);
    write(gradient.moves(), all.moves);
  }
  return all;
}

CostContext tensor_context(const GuidanceContext& context, const torch::Tensor& like) {
  const auto count = static_cast<std::int64_t>(context.worlds.size());
  const auto parameters = static_cast<std::int64_t>(context.worlds.front().values.size());
  auto origin = torch::empty({count, 2}), heading = torch::empty({count, 2});
  auto values = torch::empty({count, parameters});
  for (std::int64_t b = 0; b < count; ++b) {
    const CostWorld& world = context.worlds[b];
    origin[b][0] = world.frame.position.x();
    origin[b][1] = world.frame.position.y();
    heading[b][0] = std::cos(world.frame.yaw);
    heading[b][1] = std::sin(world.frame.yaw);
    for (std::int64_t p = 0; p < parameters; ++p) values[b][p] = world.values[p];
  }
  const auto options = like.options();
  return {context.now, context.worlds.front().dt, origin.to(options), heading.to(options),
          values.to(options)};
}

bool any_tensor_terms(const Task& task) {
  return std::any_of(task.costs.begin(), task.costs.end(),
                     [](const Cost& c) { return c.tensor != nullptr; });
}

// Sum of the terms that are tensor expressions, per world [B].
torch::Tensor tensor_cost(const Task& task, const StateLayout& layout, const torch::Tensor& states,
                          const GuidanceContext& context) {
  const CostContext tensors = tensor_context(context, states);
  auto total = torch::zeros({states.size(0)}, states.options());
  for (const Cost& cost : task.costs) {
    if (!cost.tensor) continue;
    std::vector<float> weights;
    for (const CostWorld& world : context.worlds) {
      weights.push_back(static_cast<float>(cost.weight_in(world)));
    }
    const auto value = cost.tensor->value(PhysicalStates{layout, states}, tensors);
    total = total + value * torch::tensor(weights).to(states.options());
  }
  return total;
}

// Gradient of those; undefined when there are none.
torch::Tensor tensor_gradient(const Task& task, const StateLayout& layout,
                              const torch::Tensor& states, const GuidanceContext& context) {
  if (!any_tensor_terms(task)) return {};
  const torch::AutoGradMode enable(true);
  const auto leaf = states.detach().requires_grad_(true);
  const auto total = tensor_cost(task, layout, leaf, context).sum();
  return torch::autograd::grad({total}, {leaf})[0];
}

// What all terms say of each world's plan [B], double on the CPU.
torch::Tensor plan_costs(const Task& task, const StateLayout& layout, const torch::Tensor& states,
                         const GuidanceContext& context) {
  const auto plain = states.to(torch::kCPU, torch::kDouble).contiguous();
  const int frames = static_cast<int>(plain.size(1));
  auto costs = torch::zeros({plain.size(0)}, torch::kDouble);
  for (std::int64_t b = 0; b < plain.size(0); ++b) {
    const PredictedMotion motion(layout, plain[b].data_ptr<double>(), frames, context.now);
    MotionGradient unused(motion);
    costs[b] = plain_cost(task, motion, context.worlds[static_cast<std::size_t>(b)], unused);
  }
  if (any_tensor_terms(task)) costs += tensor_cost(task, layout, states, context).cpu();
  return costs;
}

// The context of these worlds, which need not be all, and may be some more than once.
GuidanceContext of_worlds(const std::shared_ptr<const GuidanceContext>& all,
                          const torch::Tensor& worlds) {
  const auto count = static_cast<std::int64_t>(all->worlds.size());
  if (worlds.size(0) == count && worlds.equal(torch::arange(count))) return *all;
  return chosen(*all, worlds);
}

// Moves pinned numbers of tokens that are not known all the way.
torch::Tensor with_pins(const GuidanceContext& context, const torch::Tensor& states,
                        const torch::Tensor& known, const torch::Tensor& step) {
  const auto from = states.cpu(), fixed = known.cpu();
  auto out = step.cpu();
  const auto state = from.accessor<float, 3>();
  const auto is_known = fixed.accessor<bool, 2>();
  auto moved = out.accessor<float, 3>();
  for (std::size_t b = 0; b < context.worlds.size(); ++b) {
    const auto row = static_cast<std::int64_t>(b);
    for (const Pin& pin : context.worlds[b].pins) {
      const int frame = context.now + 1 + pin.frame;
      if (frame >= state.size(1) || is_known[row][frame]) continue;
      for (Eigen::Index i = 0; i < pin.values.size(); ++i) {
        const auto number = pin.first + i;
        moved[row][frame][number] = static_cast<float>(pin.values[i]) - state[row][frame][number];
      }
    }
  }
  return out.to(step.device());
}

bool any_pins(const GuidanceContext& context) {
  return std::any_of(context.worlds.begin(), context.worlds.end(),
                     [](const CostWorld& w) { return !w.pins.empty(); });
}

}  // namespace

double plain_cost(const Task& task, const PredictedMotion& motion, const CostWorld& world,
                  MotionGradient& gradient) {
  double total = 0;
  for (const Cost& cost : task.costs) {
    const double weight = cost.weight_in(world);
    if (!cost.term || weight == 0) continue;
    gradient.scale = weight;
    total += weight * cost.term(motion, world, gradient);
  }
  return total;
}

torch::Tensor guidance_step(const Task& task, const StateLayout& layout,
                            const NoiseSchedule& schedule, const torch::Tensor& states,
                            const torch::Tensor& levels, const torch::Tensor& known,
                            const GuidanceContext& context) {
  const auto plain = states.detach().to(torch::kCPU, torch::kDouble).contiguous();
  const PlainGradient terms = plain_gradient(task, layout, plain, context);
  auto gradient = terms.gradient.to(states.options());
  const auto more = tensor_gradient(task, layout, states, context);
  if (more.defined()) gradient = gradient + more;
  const auto raw = -gradient * gains(schedule, task.guidance, levels, known);
  const double trust = task.guidance.trust;
  const auto moves = terms.moves.to(states.options()).masked_fill(known.unsqueeze(-1), 0.0);
  const auto step = raw * (trust / raw.norm(2, {-1}, true).clamp_min(trust)) + moves;
  return any_pins(context) ? with_pins(context, states, known, step) : step;
}

Guidance make_guidance(const Task& task, const StateLayout& layout, const Normaliser& normaliser,
                       const NoiseSchedule& schedule,
                       std::shared_ptr<const GuidanceContext> context) {
  if (task.costs.empty() && !any_pins(*context)) return {};
  return [&task, &layout, &normaliser, &schedule, context](const GuidanceCall& call) {
    const auto states = normaliser.unnormalise_states(call.states);
    const auto step = guidance_step(task, layout, schedule, states, call.levels, call.known,
                                    of_worlds(context, call.worlds));
    return normaliser.normalise_states(states + step);
  };
}

Ranking make_ranking(const Task& task, const StateLayout& layout, const Normaliser& normaliser,
                     std::shared_ptr<const GuidanceContext> context) {
  if (task.costs.empty()) return {};
  return [&task, &layout, &normaliser, context](const torch::Tensor& states,
                                                const torch::Tensor& worlds) {
    return plan_costs(task, layout, normaliser.unnormalise_states(states),
                      of_worlds(context, worlds));
  };
}

}  // namespace foresight
