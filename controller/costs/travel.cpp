// Costs of a joystick: how fast, where to and facing what.

#include "controller/costs/cost.h"
#include "models/torch.h"

namespace foresight {
namespace {

// Future frames of [B, T, C].
torch::Tensor future(const torch::Tensor& x, const CostContext& context) {
  return x.narrow(1, context.now + 1, x.size(1) - context.now - 1);
}

// World angle asked for at each future frame, [B, F].
torch::Tensor wanted_angle(const CostContext& context, const TravelParameters& p,
                           std::int64_t frames) {
  return context.value(p.direction) +
         context.value(p.turn_rate) * context.future_seconds(static_cast<int>(frames));
}

torch::Tensor unit(const torch::Tensor& angle) {
  return torch::stack({torch::cos(angle), torch::sin(angle)}, -1);
}

}  // namespace

Cost velocity_cost(double weight, const TravelParameters& p) {
  return {"velocity", weight, [p](const PhysicalStates& states, const CostContext& context) {
            const auto angle = wanted_angle(context, p, states.x.size(1));
            const auto wanted = unit(angle) * context.value(p.speed).unsqueeze(-1);
            const auto actual = future(states.root_velocity(), context).narrow(-1, 0, 2);
            const auto error = actual - context.to_heading_frame(wanted);
            return 0.5 * (error * error).sum({1, 2});
          }};
}

Cost heading_cost(double weight, const TravelParameters& p, int facing) {
  return {"heading", weight, [p, facing](const PhysicalStates& states, const CostContext& context) {
            const auto angle = wanted_angle(context, p, states.x.size(1)) + context.value(facing);
            const auto wanted = context.to_heading_frame(unit(angle));
            const auto actual = future(states.heading(), context);
            return (1 - (wanted * actual).sum(-1)).sum(1);
          }};
}

}  // namespace foresight
