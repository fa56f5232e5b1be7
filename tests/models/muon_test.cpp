#include "models/muon.h"

#include <gtest/gtest.h>

namespace foresight {
namespace {

TEST(Muon, SingularValuesComeCloseToOneForWideAndTallMatrices) {
  torch::manual_seed(3);
  for (const auto& [rows, columns] : {std::pair{6, 20}, {20, 6}, {8, 8}}) {
    const auto values = at::linalg_svdvals(orthogonalised(torch::randn({rows, columns})));
    EXPECT_GT(values.min().item<float>(), 0.3f);
    EXPECT_LT(values.max().item<float>(), 1.3f);
  }
}

TEST(Muon, KeepsTheDirectionsOfTheMatrix) {
  // Singular values 3 and 2 on the axes: both come out near one, in place.
  const auto x = orthogonalised(torch::tensor({{3.0f, 0.0f}, {0.0f, -2.0f}}));
  EXPECT_NEAR(x[0][0].item<float>(), 1, 0.35);
  EXPECT_NEAR(x[1][1].item<float>(), -1, 0.35);
  EXPECT_NEAR(x[0][1].item<float>(), 0, 1e-6);
}

TEST(Muon, BFloat16GivesNearlyTheSame) {
  torch::manual_seed(4);
  const auto matrix = torch::randn({24, 40});
  const auto exact = orthogonalised(matrix), rough = orthogonalised(matrix, torch::kBFloat16);
  EXPECT_EQ(rough.scalar_type(), torch::kFloat32);
  EXPECT_LT((exact - rough).norm().item<float>(), 0.05f * exact.norm().item<float>());
}

TEST(Muon, AStepHasTheSizeOfAnAdamStepAndDecays) {
  torch::manual_seed(5);
  const auto before = torch::randn({16, 64});
  auto parameter = before.clone(), momentum = torch::zeros({16, 64});
  const auto gradient = torch::randn({16, 64});
  muon_step(parameter, gradient, momentum, 0.01, 0.0);
  const auto change = parameter - before;
  EXPECT_NEAR(change.square().mean().sqrt().item<float>(), 0.2 * 0.01, 0.0006);
  EXPECT_LT((change * gradient).sum().item<float>(), 0);
  EXPECT_TRUE(torch::allclose(momentum, 0.05 * gradient));
  auto decayed = before.clone(), other = torch::zeros({16, 64});
  muon_step(decayed, gradient, other, 0.01, 0.5);
  EXPECT_TRUE(torch::allclose(decayed - change, 0.995 * before, 1e-4, 1e-5));
}

}  // namespace
}  // namespace foresight
