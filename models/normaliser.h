// Scaling of states and actions to [-1, 1] and the emphasis projection P = [B A / norm, I], which
// repeats a state with its global features amplified (Diffuse-CLoC section 3.6, row vectors).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/torch.h"

namespace foresight {

/// Named tensors as they stand in a checkpoint.
using NamedTensors = std::map<std::string, torch::Tensor>;

struct NormaliserConfig {
  /// State dimensions that are amplified (root pose and twist).
  std::vector<int> emphasised;
  double emphasis = 6.0;
  std::uint64_t seed = 1;
  /// Share of the values cut off at each end when the range is fitted.
  double quantile = 0.005;
};

/// Affine map of one vector to [-1, 1] per dimension. All tensors [D], float32.
struct Scaling {
  torch::Tensor low, high;
  /// (x - centre) / half; half is 1 where high - low < 1e-4 (shifted, not scaled).
  torch::Tensor centre, half;
};

/// Scaling of given limits [D]. Throws InputError when one is not finite or low > high.
Scaling make_scaling(const torch::Tensor& low, const torch::Tensor& high);

/// Scaling fitted to the `quantile` .. 1 - `quantile` range of each column of data [N, D], N >= 2.
Scaling fit_scaling(const torch::Tensor& data, double quantile);

/// The limits of a scaling as a checkpoint holds them, under "normaliser.NAME_low" and "_high".
void add_scaling(NamedTensors& tensors, const std::string& name, const Scaling& scaling);
/// Throws InputError naming `file` and a tensor that is missing or has not `size` entries.
Scaling read_scaling(const NamedTensors& tensors, const std::string& name, std::int64_t size,
                     const std::string& file);

/// Physical units <-> normalised <-> projected. Cheap to copy (tensors are shared).
struct Normaliser {
  Scaling state, action;
  torch::Tensor projection;  ///< P [D, 2D]: row vector x' = x P
  torch::Tensor inverse;     ///< pinv(P) [2D, D]

  int state_dim() const { return static_cast<int>(projection.size(0)); }
  int projected_dim() const { return static_cast<int>(projection.size(1)); }
  int action_dim() const { return static_cast<int>(action.low.size(0)); }

  /// [..., D] in physical units (m, m/s, rad, rad/s) <-> about [-1, 1].
  torch::Tensor normalise_states(const torch::Tensor& physical) const;
  torch::Tensor unnormalise_states(const torch::Tensor& normalised) const;
  /// [..., Da] in rad <-> about [-1, 1].
  torch::Tensor normalise_actions(const torch::Tensor& physical) const;
  torch::Tensor unnormalise_actions(const torch::Tensor& normalised) const;
  /// Normalised [..., D] -> [..., 2D], and back (least squares; exact for projected states).
  torch::Tensor project(const torch::Tensor& normalised) const;
  torch::Tensor unproject(const torch::Tensor& projected) const;

  /// Copy with all tensors on `device`.
  Normaliser to(const torch::Device& device) const;
};

/// Fits both scalings to states [N, D] and actions [M, Da] in physical units and draws P.
Normaliser fit_normaliser(const torch::Tensor& states, const torch::Tensor& actions,
                          const NormaliserConfig& config);

/// P for `dim` state dimensions: A ~ N(0, 1) from `config.seed`, B = emphasis on the emphasised
/// dims, norm = sqrt(n - m + m c^2).
torch::Tensor make_projection(int dim, const NormaliserConfig& config);

/// The tensors that a checkpoint holds, under "normaliser.*", and back. Throws InputError naming a
/// missing tensor or one of the wrong shape.
NamedTensors normaliser_tensors(const Normaliser& normaliser);
Normaliser normaliser_from_tensors(const NamedTensors& tensors);

}  // namespace foresight
