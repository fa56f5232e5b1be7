// Guidance: moves clean predictions down the gradient of a task's costs, in world units
// (Diffuse-CLoC section 7, x0' = x0 - w min(sqrt(1/abar - 1), max_gain) grad).
#pragma once

#include <memory>

#include "controller/task.h"
#include "models/normaliser.h"
#include "models/sampler.h"
#include "models/torch.h"

namespace foresight {

/// Sum of the task's weighted costs, [B].
torch::Tensor total_cost(const Task& task, const PhysicalStates& states,
                         const CostContext& context);

/// The step that guidance adds to physical states [B, T, D] at `levels` [B, T]: minus the gradient
/// of the total cost times the gain of each token's level, at most `trust` long per token, zero for
/// `known` tokens [B, T] and for levels from `unguided_from` on.
torch::Tensor guidance_step(const Task& task, const StateLayout& layout,
                            const NoiseSchedule& schedule, const torch::Tensor& states,
                            const torch::Tensor& levels, const torch::Tensor& known,
                            const CostContext& context);

/// The sampler's hook for a batch: `context` is that of all worlds. Empty when the task has no
/// costs. The arguments must outlive the hook.
Guidance make_guidance(const Task& task, const StateLayout& layout, const Normaliser& normaliser,
                       const NoiseSchedule& schedule, const CostContext& context);

}  // namespace foresight
