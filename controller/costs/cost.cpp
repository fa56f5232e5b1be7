#include "controller/costs/cost.h"

#include "models/torch.h"

namespace foresight {
namespace {

// Headings [B, 2] shaped so that they broadcast against vectors [B, ..., C].
torch::Tensor like_batch(const torch::Tensor& per_world, const torch::Tensor& vectors) {
  auto shape = std::vector<std::int64_t>(static_cast<std::size_t>(vectors.dim()), 1);
  shape.front() = per_world.size(0);
  shape.back() = per_world.size(1);
  return per_world.view(shape);
}

}  // namespace

torch::Tensor CostContext::to_world(const torch::Tensor& vectors) const {
  return turn(like_batch(heading, vectors), vectors);
}

torch::Tensor CostContext::to_heading_frame(const torch::Tensor& world_vectors) const {
  return turn_back(like_batch(heading, world_vectors), world_vectors);
}

torch::Tensor CostContext::point_to_world(const torch::Tensor& points) const {
  const auto turned = to_world(points);
  const auto shift = torch::constant_pad_nd(origin, {0, points.size(-1) - 2});
  return turned + like_batch(shift, points);
}

torch::Tensor CostContext::value(int parameter) const { return values.narrow(1, parameter, 1); }

torch::Tensor CostContext::future_seconds(int frames) const {
  return torch::arange(1, frames - now, values.options()).unsqueeze(0) * dt;
}

}  // namespace foresight
