#include "models/temporal_unet.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/inverse_dynamics.h"
#include "models/value_net.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

TEST(TemporalUNet, HasTheParametersOfTheReferenceMazeNet) {
  EXPECT_EQ(parameter_count(*TemporalUNet(TemporalUNetConfig{})), 3682118);
}

TEST(TemporalUNet, HasTheParametersOfTheReferenceHopperNet) {
  TemporalUNetConfig config;
  config.channels = 14;
  config.multipliers = {1, 2, 4, 8};
  EXPECT_EQ(parameter_count(*TemporalUNet(config)), 3956302);
  config.channels = 23;
  EXPECT_EQ(parameter_count(*TemporalUNet(config)), 3958327);
}

TEST(ValueNet, HasTheParametersOfTheReferenceHopperNet) {
  ValueNetConfig config;
  config.channels = 14;
  EXPECT_EQ(parameter_count(*ValueNet(config)), 2294817);
}

TemporalUNetConfig small_config() {
  TemporalUNetConfig config;
  config.channels = 3;
  config.width = 8;
  config.multipliers = {1, 2, 3};
  return config;
}

TEST(TemporalUNet, KeepsTheShapeForEveryLengthThatFits) {
  torch::manual_seed(1);
  TemporalUNet net(small_config());
  for (const int length : {4, 8, 20, 64}) {
    const auto y = net->forward(torch::randn({2, length, 3}), torch::tensor({0, 5}));
    EXPECT_EQ(y.sizes(), (std::vector<std::int64_t>{2, length, 3}));
  }
  EXPECT_THROW(net->forward(torch::randn({2, 6, 3}), torch::tensor({0, 5})), InternalError);
}

TEST(TemporalUNet, DependsOnTheLevel) {
  torch::manual_seed(1);
  TemporalUNet net(small_config());
  const auto x = torch::randn({1, 8, 3});
  const auto a = net->forward(x, torch::tensor({0})), b = net->forward(x, torch::tensor({9}));
  EXPECT_GT((a - b).abs().max().item<double>(), 1e-4);
}

TEST(TemporalUNet, DroppedConditionIsTheUnconditionalNet) {
  torch::manual_seed(1);
  TemporalUNetConfig config = small_config();
  config.condition = 2;
  TemporalUNet net(config);
  const auto x = torch::randn({2, 8, 3});
  const auto levels = torch::tensor({3, 3});
  const auto none = net->forward(x, levels);
  const Condition dropped{torch::randn({2, 2}), torch::zeros({2})};
  const Condition kept{torch::randn({2, 2}), torch::ones({2})};
  EXPECT_TRUE(torch::equal(none, net->forward(x, levels, dropped)));
  EXPECT_FALSE(torch::allclose(none, net->forward(x, levels, kept)));
}

TEST(TemporalUNet, ConfigSurvivesJsonAndBadOnesAreRefused) {
  const TemporalUNetConfig config = small_config();
  EXPECT_EQ(to_json(temporal_unet_config_from_json(to_json(config))), to_json(config));
  auto json = to_json(config);
  json["width"] = 12;
  EXPECT_THROW(temporal_unet_config_from_json(json), InputError);
  json.erase("width");
  EXPECT_THROW(temporal_unet_config_from_json(json), InputError);
}

TEST(SinusoidalEmbedding, MatchesHandComputedValues) {
  const auto e = sinusoidal_embedding(torch::tensor({2}), 4);
  // Frequencies 1 and 1e-4.
  EXPECT_NEAR(e[0][0].item<double>(), std::sin(2.0), 1e-6);
  EXPECT_NEAR(e[0][1].item<double>(), std::sin(2e-4), 1e-7);
  EXPECT_NEAR(e[0][2].item<double>(), std::cos(2.0), 1e-6);
  EXPECT_NEAR(e[0][3].item<double>(), std::cos(2e-4), 1e-6);
}

TEST(GroupNorm, MatchesAHandComputedCase) {
  // Two groups of one channel and two times: (x - mean) / sqrt(variance + 1e-5).
  torch::nn::GroupNorm norm(2, 2);
  const auto y = norm(torch::tensor({{{1.0F, 3.0F}, {10.0F, 20.0F}}}));
  const double small = 1.0 / std::sqrt(1.0 + 1e-5), large = 5.0 / std::sqrt(25.0 + 1e-5);
  EXPECT_NEAR(y[0][0][0].item<double>(), -small, 1e-6);
  EXPECT_NEAR(y[0][0][1].item<double>(), small, 1e-6);
  EXPECT_NEAR(y[0][1][1].item<double>(), large, 1e-6);
}

TEST(ConvBlock, NormalisesEightGroupsOverChannelsAndTimeThenAppliesMish) {
  torch::manual_seed(3);
  ConvBlock block(1, 16, 3);
  torch::NoGradGuard no_grad;
  auto parameters = block->named_parameters();
  parameters["conv.weight"].zero_();
  parameters["conv.bias"].copy_(torch::arange(16));  // a group holds the constants 2 g, 2 g + 1
  const auto y = block->forward(torch::zeros({1, 1, 5}));
  const double z = 0.5 / std::sqrt(0.25 + 1e-5);
  const auto mish = [](double v) { return v * std::tanh(std::log1p(std::exp(v))); };
  for (int c = 0; c < 16; ++c) {
    EXPECT_NEAR(y[0][c][2].item<double>(), mish(c % 2 == 0 ? -z : z), 1e-5) << c;
  }
}

TEST(TransposedConvolution, MatchesAHandComputedCase) {
  // Kernel 4, stride 2, padding 1: y[2 i - 1 + k] += w[k] x[i].
  torch::nn::ConvTranspose1d up(
      torch::nn::ConvTranspose1dOptions(1, 1, 4).stride(2).padding(1).bias(false));
  torch::NoGradGuard no_grad;
  up->weight.copy_(torch::tensor({1.0F, 10.0F, 100.0F, 1000.0F}).view({1, 1, 4}));
  const auto y = up(torch::tensor({1.0F, 2.0F, 3.0F}).view({1, 1, 3})).flatten();
  const auto expected = torch::tensor({10.0F, 102.0F, 1020.0F, 203.0F, 2030.0F, 300.0F});
  EXPECT_TRUE(torch::equal(y, expected)) << y;
}

TEST(ValueNet, GivesOneNumberPerTrajectory) {
  torch::manual_seed(1);
  ValueNetConfig config;
  config.channels = 3;
  config.horizon = 20;
  config.multipliers = {1, 2};
  ValueNet net(config);
  EXPECT_EQ(net->forward(torch::randn({5, 20, 3}), torch::zeros({5}, torch::kLong)).sizes(),
            (std::vector<std::int64_t>{5}));
  EXPECT_EQ(to_json(value_net_config_from_json(to_json(config))), to_json(config));
}

TEST(InverseDynamics, MapsPairsOfStatesToActions) {
  InverseDynamics net(4, 2, 16);
  EXPECT_EQ(net->forward(torch::randn({3, 7, 4}), torch::randn({3, 7, 4})).sizes(),
            (std::vector<std::int64_t>{3, 7, 2}));
}

}  // namespace
}  // namespace foresight
