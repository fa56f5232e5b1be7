#include "models/normaliser.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

Normaliser example(int dim = 12) {
  torch::manual_seed(3);
  NormaliserConfig config;
  config.emphasised = {dim - 2, dim - 1};
  return fit_normaliser(torch::randn({500, dim}) * 3 + 1, torch::randn({500, 4}), config);
}

TEST(Scaling, RangeGoesToPlusMinusOne) {
  const auto data = torch::arange(0, 1001, torch::kFloat).unsqueeze(1);
  const Scaling scaling = fit_scaling(data, 0.005);
  EXPECT_FLOAT_EQ(scaling.low[0].item<float>(), 5.0f);
  EXPECT_FLOAT_EQ(scaling.high[0].item<float>(), 995.0f);
  EXPECT_FLOAT_EQ(scaling.centre[0].item<float>(), 500.0f);
  EXPECT_FLOAT_EQ(scaling.half[0].item<float>(), 495.0f);
}

TEST(Scaling, ConstantChannelIsShiftedAndNotScaled) {
  const Scaling scaling = fit_scaling(torch::full({10, 1}, 0.7), 0.005);
  EXPECT_FLOAT_EQ(scaling.half[0].item<float>(), 1.0f);
  EXPECT_FLOAT_EQ(scaling.centre[0].item<float>(), 0.7f);
}

TEST(Scaling, DataThatIsNotFiniteIsRefused) {
  auto data = torch::zeros({10, 2});
  data[3][1] = NAN;
  EXPECT_THROW(fit_scaling(data, 0.005), InputError);
  EXPECT_THROW(fit_scaling(torch::zeros({1, 2}), 0.005), InputError);
}

TEST(Normaliser, UnnormaliseUndoesNormalise) {
  const Normaliser n = example();
  const auto states = torch::randn({7, 5, 12}), actions = torch::randn({7, 5, 4});
  EXPECT_TRUE(
      torch::allclose(n.unnormalise_states(n.normalise_states(states)), states, 1e-4, 1e-5));
  EXPECT_TRUE(
      torch::allclose(n.unnormalise_actions(n.normalise_actions(actions)), actions, 1e-4, 1e-5));
}

TEST(Normaliser, PseudoInverseUndoesTheProjection) {
  const Normaliser n = example();
  EXPECT_EQ(n.projected_dim(), 24);
  EXPECT_TRUE(torch::allclose(n.projection.matmul(n.inverse), torch::eye(12), 1e-4, 1e-5));
  const auto states = torch::randn({3, 4, 12});
  EXPECT_TRUE(torch::allclose(n.unproject(n.project(states)), states, 1e-4, 1e-5));
}

TEST(Normaliser, SecondHalfOfTheProjectionIsTheStateItself) {
  const Normaliser n = example();
  const auto states = torch::randn({3, 12});
  EXPECT_TRUE(torch::allclose(n.project(states).narrow(1, 12, 12), states));
}

TEST(Normaliser, EmphasisedRowsAreAmplifiedByC) {
  NormaliserConfig config;
  const auto plain = make_projection(12, config).narrow(1, 0, 12);
  config.emphasised = {11};
  const auto emphasised = make_projection(12, config).narrow(1, 0, 12);
  const double norm = std::sqrt(12 - 1 + 36.0), plain_norm = std::sqrt(12.0);
  EXPECT_TRUE(torch::allclose(emphasised[11] * norm, plain[11] * plain_norm * 6.0, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(emphasised[0] * norm, plain[0] * plain_norm, 1e-4, 1e-5));
}

TEST(Normaliser, GoesThroughNamedTensors) {
  const Normaliser n = example();
  const Normaliser back = normaliser_from_tensors(normaliser_tensors(n));
  EXPECT_TRUE(torch::equal(back.projection, n.projection));
  EXPECT_TRUE(torch::equal(back.inverse, n.inverse));
  EXPECT_TRUE(torch::equal(back.state.half, n.state.half));
  EXPECT_TRUE(torch::equal(back.action.centre, n.action.centre));
}

TEST(Normaliser, MissingTensorIsNamed) {
  auto tensors = normaliser_tensors(example());
  tensors.erase("normaliser.action_high");
  try {
    normaliser_from_tensors(tensors);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("normaliser.action_high"), std::string::npos);
  }
}

}  // namespace
}  // namespace foresight
