// Muon: momentum whose matrix is made orthogonal before it is applied, so that all directions of a
// weight matrix learn at the same speed (Jordan et al. 2024, "Muon: an optimizer for hidden
// layers").
#pragma once

#include "models/torch.h"

namespace foresight {

/// About the nearest matrix with orthonormal rows or columns: all singular values of `matrix` (two
/// dimensions, not zero) come to between 0.7 and 1.2 (five Newton-Schulz steps, multiplied in
/// `type`).
torch::Tensor orthogonalised(const torch::Tensor& matrix, torch::ScalarType type = torch::kFloat32);

/// One step in place. The size of the update is that of AdamW at the same `rate`, so that both
/// share rate and weight decay (Liu et al. 2025, "Muon is scalable for LLM training", eq. 4).
void muon_step(torch::Tensor& parameter, const torch::Tensor& gradient, torch::Tensor& momentum,
               double rate, double weight_decay, torch::ScalarType type = torch::kFloat32);

}  // namespace foresight
