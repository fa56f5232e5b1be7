// Guidance: moves clean predictions down the gradient of a task's costs, in world units
// (Diffuse-CLoC section 7, x0' = x0 - w min(sqrt(1/abar - 1), max_gain) grad).
#pragma once

#include <memory>
#include <vector>

#include "controller/costs/tensor_cost.h"
#include "controller/task.h"
#include "models/normaliser.h"
#include "models/sampler.h"
#include "models/torch.h"

namespace foresight {

/// Everything that the costs of a batch see, made once per control step.
struct GuidanceContext {
  int now = 3;                    // frame index of the current state
  std::vector<CostWorld> worlds;  // one per world
};

/// Weighted sum of the task's terms in one world with its gradient added to `gradient`; terms that
/// are tensor expressions are left out.
double plain_cost(const Task& task, const PredictedMotion& motion, const CostWorld& world,
                  MotionGradient& gradient);

/// The step that guidance adds to physical states [B, T, D] at `levels` [B, T]: minus the gradient
/// of the total cost times the gain of each token's level, at most `trust` long per token, zero for
/// `known` tokens [B, T] and for levels from `unguided_from` on. What costs move directly
/// (MotionGradient::move) and pinned numbers (partial keyframes) go where they should be at once,
/// at any level.
torch::Tensor guidance_step(const Task& task, const StateLayout& layout,
                            const NoiseSchedule& schedule, const torch::Tensor& states,
                            const torch::Tensor& levels, const torch::Tensor& known,
                            const GuidanceContext& context);

/// The sampler's hook for a batch. Empty when there is nothing to steer by. The arguments except
/// `context` must outlive the hook.
Guidance make_guidance(const Task& task, const StateLayout& layout, const Normaliser& normaliser,
                       const NoiseSchedule& schedule,
                       std::shared_ptr<const GuidanceContext> context);

/// Ranks plans by what the task's terms say of them, without guidance's gains. Empty when there is
/// nothing to rank by. The arguments except `context` must outlive the hook.
Ranking make_ranking(const Task& task, const StateLayout& layout, const Normaliser& normaliser,
                     std::shared_ptr<const GuidanceContext> context);

}  // namespace foresight
