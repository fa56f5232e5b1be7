#include "models/normaliser.h"

#include <cmath>
#include <sstream>

#include "models/random.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr double kConstantRange = 1e-4;

/// Value at quantile q of each column of ascending `sorted` [N, D], with linear interpolation.
torch::Tensor quantile_row(const torch::Tensor& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size(0) - 1);
  const auto below = static_cast<std::int64_t>(std::floor(position));
  const auto above = std::min<std::int64_t>(below + 1, sorted.size(0) - 1);
  return torch::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

torch::Tensor pseudo_inverse(const torch::Tensor& projection) {
  const auto p = projection.to(torch::kDouble);
  const auto gram = p.matmul(p.t());
  return torch::linalg_solve(gram, p).t().contiguous().to(torch::kFloat);
}

torch::Tensor find_tensor(const NamedTensors& tensors, const std::string& name, int dims,
                          const std::string& file = "the checkpoint") {
  const auto it = tensors.find(name);
  if (it == tensors.end()) throw InputError(file + ": has no tensor \"" + name + "\"");
  if (it->second.dim() != dims) {
    throw InputError(file + ": tensor \"" + name + "\" has " + std::to_string(it->second.dim()) +
                     " dimensions, expected " + std::to_string(dims));
  }
  return it->second.to(torch::kFloat).contiguous();
}

Scaling scaling_from_tensors(const NamedTensors& tensors, const std::string& name) {
  return make_scaling(find_tensor(tensors, "normaliser." + name + "_low", 1),
                      find_tensor(tensors, "normaliser." + name + "_high", 1));
}

Scaling move(const Scaling& scaling, const torch::Device& device) {
  return {scaling.low.to(device), scaling.high.to(device), scaling.centre.to(device),
          scaling.half.to(device)};
}

}  // namespace

void add_scaling(NamedTensors& tensors, const std::string& name, const Scaling& scaling) {
  tensors["normaliser." + name + "_low"] = scaling.low.cpu();
  tensors["normaliser." + name + "_high"] = scaling.high.cpu();
}

Scaling read_scaling(const NamedTensors& tensors, const std::string& name, std::int64_t size,
                     const std::string& file) {
  const auto limit = [&](const std::string& end) {
    const std::string key = "normaliser." + name + end;
    torch::Tensor found = find_tensor(tensors, key, 1, file);
    if (found.size(0) != size) {
      throw InputError(file + ": tensor \"" + key + "\" has " + std::to_string(found.size(0)) +
                       " entries, expected " + std::to_string(size));
    }
    return found;
  };
  const torch::Tensor low = limit("_low");
  return make_scaling(low, limit("_high"));
}

Scaling make_scaling(const torch::Tensor& low, const torch::Tensor& high) {
  if (low.dim() != 1 || low.sizes() != high.sizes()) {
    throw InputError("the limits of a normaliser have different lengths");
  }
  const auto good = torch::isfinite(low) & torch::isfinite(high) & (low <= high);
  if (!good.all().item<bool>()) {
    const auto bad = good.logical_not().nonzero()[0].item<std::int64_t>();
    throw InputError("normaliser limits of dimension " + std::to_string(bad) +
                     " are not finite or the wrong way round");
  }
  const auto range = high - low;
  const auto half = torch::where(range < kConstantRange, torch::ones_like(range), range / 2);
  return {low, high, (low + high) / 2, half};
}

Scaling fit_scaling(const torch::Tensor& data, double quantile) {
  if (data.dim() != 2 || data.size(0) < 2) {
    throw InputError("fitting a normaliser needs at least two rows of data");
  }
  if (!torch::isfinite(data).all().item<bool>()) {
    throw InputError("the data for the normaliser contains values that are not finite");
  }
  const auto sorted = std::get<0>(data.to(torch::kCPU, torch::kFloat).sort(0));
  return make_scaling(quantile_row(sorted, quantile), quantile_row(sorted, 1.0 - quantile));
}

torch::Tensor Normaliser::normalise_states(const torch::Tensor& physical) const {
  return (physical - state.centre) / state.half;
}

torch::Tensor Normaliser::unnormalise_states(const torch::Tensor& normalised) const {
  return normalised * state.half + state.centre;
}

torch::Tensor Normaliser::normalise_actions(const torch::Tensor& physical) const {
  return (physical - action.centre) / action.half;
}

torch::Tensor Normaliser::unnormalise_actions(const torch::Tensor& normalised) const {
  return normalised * action.half + action.centre;
}

torch::Tensor Normaliser::project(const torch::Tensor& normalised) const {
  return normalised.matmul(projection);
}

torch::Tensor Normaliser::unproject(const torch::Tensor& projected) const {
  return projected.matmul(inverse);
}

Normaliser Normaliser::to(const torch::Device& device) const {
  return {move(state, device), move(action, device), projection.to(device), inverse.to(device)};
}

torch::Tensor make_projection(int dim, const NormaliserConfig& config) {
  auto amplify = torch::ones({dim, 1});
  for (const int index : config.emphasised) {
    FS_CHECK(index >= 0 && index < dim);
    amplify[index] = config.emphasis;
  }
  const auto random = torch::randn({dim, dim}, keyed_generator(random_key(config.seed)));
  const auto count = static_cast<double>(config.emphasised.size());
  const double norm = std::sqrt(dim - count + count * config.emphasis * config.emphasis);
  return torch::cat({amplify * random / norm, torch::eye(dim)}, 1);
}

Normaliser fit_normaliser(const torch::Tensor& states, const torch::Tensor& actions,
                          const NormaliserConfig& config) {
  Normaliser result;
  result.state = fit_scaling(states, config.quantile);
  result.action = fit_scaling(actions, config.quantile);
  result.projection = make_projection(static_cast<int>(states.size(1)), config);
  result.inverse = pseudo_inverse(result.projection);
  return result;
}

NamedTensors normaliser_tensors(const Normaliser& normaliser) {
  NamedTensors tensors{{"normaliser.projection", normaliser.projection.cpu()}};
  add_scaling(tensors, "state", normaliser.state);
  add_scaling(tensors, "action", normaliser.action);
  return tensors;
}

Normaliser normaliser_from_tensors(const NamedTensors& tensors) {
  Normaliser result;
  result.state = scaling_from_tensors(tensors, "state");
  result.action = scaling_from_tensors(tensors, "action");
  result.projection = find_tensor(tensors, "normaliser.projection", 2);
  if (result.projection.size(0) != result.state.low.size(0) ||
      result.projection.size(1) < result.projection.size(0)) {
    std::ostringstream shape;
    shape << result.projection.sizes();
    throw InputError("tensor \"normaliser.projection\" has shape " + shape.str() +
                     ", which does not fit " + std::to_string(result.state.low.size(0)) +
                     " state dimensions");
  }
  result.inverse = pseudo_inverse(result.projection);
  return result;
}

}  // namespace foresight
