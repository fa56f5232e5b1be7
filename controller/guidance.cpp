#include "controller/guidance.h"

#include "models/torch.h"

namespace foresight {
namespace {

CostContext select(const CostContext& all, const torch::Tensor& worlds) {
  const auto index = worlds.to(all.origin.device());
  CostContext some = all;
  some.origin = all.origin.index_select(0, index);
  some.heading = all.heading.index_select(0, index);
  some.values = all.values.index_select(0, index);
  return some;
}

torch::Tensor gains(const NoiseSchedule& schedule, const GuidanceSettings& settings,
                    const torch::Tensor& levels, const torch::Tensor& known) {
  std::vector<double> table = schedule.guidance_gain;
  for (std::size_t k = 0; k < table.size(); ++k) {
    const bool guided = static_cast<int>(k) < settings.unguided_from;
    table[k] = guided ? std::min(table[k], settings.max_gain) : 0.0;
  }
  return gather_levels(table, levels).to(torch::kFloat).masked_fill(known.unsqueeze(-1), 0.0);
}

}  // namespace

torch::Tensor total_cost(const Task& task, const PhysicalStates& states,
                         const CostContext& context) {
  auto total = torch::zeros({states.x.size(0)}, states.x.options());
  for (const Cost& cost : task.costs) total = total + cost.weight * cost.value(states, context);
  return total;
}

torch::Tensor guidance_step(const Task& task, const StateLayout& layout,
                            const NoiseSchedule& schedule, const torch::Tensor& states,
                            const torch::Tensor& levels, const torch::Tensor& known,
                            const CostContext& context) {
  const torch::AutoGradMode enable(true);
  const auto leaf = states.detach().requires_grad_(true);
  const auto cost = total_cost(task, PhysicalStates{layout, leaf}, context).sum();
  const auto gradient = torch::autograd::grad({cost}, {leaf})[0];
  const auto step = -gradient * gains(schedule, task.guidance, levels, known);
  const auto length = step.norm(2, {-1}, true);
  return step * (task.guidance.trust / length.clamp_min(task.guidance.trust));
}

Guidance make_guidance(const Task& task, const StateLayout& layout, const Normaliser& normaliser,
                       const NoiseSchedule& schedule, const CostContext& context) {
  if (task.costs.empty()) return {};
  return [&task, &layout, &normaliser, &schedule, context](const GuidanceCall& call) {
    const auto states = normaliser.unnormalise_states(call.states);
    const auto step = guidance_step(task, layout, schedule, states, call.levels, call.known,
                                    select(context, call.worlds));
    return normaliser.normalise_states(states + step);
  };
}

}  // namespace foresight
