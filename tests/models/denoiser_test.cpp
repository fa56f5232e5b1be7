#include "models/denoiser.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "tests/models/cuda.h"
#include "tests/models/tiny_model.h"

namespace foresight {
namespace {

struct Inputs {
  torch::Tensor states, state_levels, actions, action_levels;
};

Inputs random_inputs(const DenoiserConfig& c, int batch, int actions) {
  torch::manual_seed(5);
  return {torch::randn({batch, c.frames(), c.projected_dim}),
          torch::randint(c.steps, {batch, c.frames()}, torch::kLong),
          torch::randn({batch, actions, c.action_dim}),
          torch::randint(c.steps, {batch, actions}, torch::kLong)};
}

CleanPrediction call(JointDenoiser& denoiser, const Inputs& in) {
  torch::NoGradGuard no_grad;
  return denoiser->forward(in.states, in.state_levels, in.actions, in.action_levels);
}

DenoiserConfig mask_config(Attention attention) {
  DenoiserConfig config = tiny_config();
  config.layers = 1;  // deeper networks pass future states on through past ones
  config.future = 2;
  config.action_frames = 6;
  config.attention = attention;
  return config;
}

bool changed(const torch::Tensor& a, const torch::Tensor& b, int token) {
  return (a.select(1, token) - b.select(1, token)).abs().max().item<double>() > 1e-6;
}

TEST(JointDenoiser, JointTokensSeeStateAndActionOfNearFramesOnly) {
  DenoiserConfig config = tiny_config();
  config.layers = 1;
  config.future = 10;
  config.action_frames = 8;
  config.attention = Attention::kToken;
  JointDenoiser denoiser = tiny_denoiser(config);
  const Inputs in = random_inputs(config, 1, 8);
  const auto base = call(denoiser, in);
  for (int j = 0; j < 8; ++j) {
    Inputs moved = in;
    moved.actions = in.actions.clone();
    moved.actions.select(1, j).add_(0.5);
    const auto by_action = call(denoiser, moved);
    for (int i = 0; i < config.frames(); ++i) {
      EXPECT_EQ(changed(base.states, by_action.states, i), std::abs(i - j) <= kTokenReach);
    }
  }
  EXPECT_EQ(denoiser_config_from_json(to_json(config)).attention, Attention::kToken);
}

// Section 4.1: rows are queries, columns the perturbed token.
TEST(JointDenoiser, AttentionFollowsThePublishedMask) {
  const DenoiserConfig config = mask_config(Attention::kJoint);
  JointDenoiser denoiser = tiny_denoiser(config);
  const Inputs in = random_inputs(config, 1, 6);
  const auto base = call(denoiser, in);
  for (int j = 0; j < 6; ++j) {
    Inputs state_moved = in, action_moved = in;
    state_moved.states = in.states.clone();
    state_moved.states.select(1, j).add_(0.5);
    action_moved.actions = in.actions.clone();
    action_moved.actions.select(1, j).add_(0.5);
    const auto by_state = call(denoiser, state_moved), by_action = call(denoiser, action_moved);
    for (int i = 0; i < 6; ++i) {
      SCOPED_TRACE(std::to_string(i) + " looks at " + std::to_string(j));
      EXPECT_TRUE(changed(base.states, by_state.states, i));
      EXPECT_FALSE(changed(base.states, by_action.states, i));
      EXPECT_EQ(changed(base.actions, by_state.actions, i), j <= i);
      EXPECT_EQ(changed(base.actions, by_action.actions, i), j <= i);
    }
  }
}

TEST(JointDenoiser, FullAttentionSeesEverything) {
  const DenoiserConfig config = mask_config(Attention::kFull);
  JointDenoiser denoiser = tiny_denoiser(config);
  const Inputs in = random_inputs(config, 1, 6);
  Inputs moved = in;
  moved.actions = in.actions.clone();
  moved.actions.select(1, 5).add_(0.5);
  const auto base = call(denoiser, in), other = call(denoiser, moved);
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(changed(base.states, other.states, i));
    EXPECT_TRUE(changed(base.actions, other.actions, i));
  }
}

TEST(JointDenoiser, LeavingOutLaterActionsChangesNothingElse) {
  const DenoiserConfig config = tiny_config();
  JointDenoiser denoiser = tiny_denoiser(config);
  const Inputs in = random_inputs(config, 3, config.action_frames);
  const auto all = call(denoiser, in);
  for (const int count : {0, 1, 4, 19}) {
    Inputs fewer = in;
    fewer.actions = in.actions.narrow(1, 0, count);
    fewer.action_levels = in.action_levels.narrow(1, 0, count);
    const auto some = call(denoiser, fewer);
    EXPECT_TRUE(torch::allclose(some.states, all.states, 1e-5, 1e-5));
    EXPECT_EQ(some.actions.size(1), count);
    EXPECT_TRUE(torch::allclose(some.actions, all.actions.narrow(1, 0, count), 1e-5, 1e-5));
  }
}

TEST(JointDenoiser, NoiseLevelOfATokenMatters) {
  const DenoiserConfig config = tiny_config();
  JointDenoiser denoiser = tiny_denoiser(config);
  const Inputs in = random_inputs(config, 1, 4);
  Inputs other = in;
  other.state_levels = (in.state_levels + 1) % config.steps;
  EXPECT_TRUE(changed(call(denoiser, in).states, call(denoiser, other).states, 0));
}

TEST(JointDenoiser, SmallModelHasAboutTwoMillionParameters) {
  std::int64_t count = 0;
  for (const auto& p : JointDenoiser(DenoiserConfig{})->parameters()) count += p.numel();
  EXPECT_GT(count, 1'800'000);
  EXPECT_LT(count, 2'000'000);
}

TEST(JointDenoiser, Bfloat16CopyIsClose) {
  const DenoiserConfig config = tiny_config();
  JointDenoiser denoiser = tiny_denoiser(config);
  JointDenoiser half = cast_copy(denoiser, torch::kBFloat16, torch::kCPU);
  const Inputs in = random_inputs(config, 1, 4);
  const auto a = call(denoiser, in), b = call(half, in);
  EXPECT_EQ(b.states.scalar_type(), torch::kFloat);
  const double scale = a.states.abs().max().item<double>();
  EXPECT_LT((a.states - b.states).abs().max().item<double>(), 0.05 * scale);
}

std::vector<torch::Tensor> gradients(JointDenoiser& denoiser, const Inputs& in) {
  const auto clean = denoiser->forward(in.states, in.state_levels, in.actions, in.action_levels);
  (clean.states.square().mean() + clean.actions.square().mean()).backward();
  std::vector<torch::Tensor> all;
  for (const auto& p : denoiser->parameters()) all.push_back(p.grad().to(torch::kFloat));
  return all;
}

// On the CPU bfloat16 attention goes other ways with gradients than without.
TEST(JointDenoiser, GradientsInBfloat16PointTheSameWay) {
  for (const Attention attention : {Attention::kJoint, Attention::kFull, Attention::kToken}) {
    DenoiserConfig config = tiny_config();
    config.attention = attention;
    JointDenoiser denoiser = tiny_denoiser(config);
    JointDenoiser half = cast_copy(denoiser, torch::kBFloat16, torch::kCPU);
    const Inputs in = random_inputs(config, 3, 4);
    const auto exact = gradients(denoiser, in), rounded = gradients(half, in);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const auto a = exact[i].flatten(), b = rounded[i].flatten();
      EXPECT_GT(a.dot(b).item<double>(), 0.98 * a.norm().item<double>() * b.norm().item<double>())
          << attention_name(attention) << ", parameter " << i;
      EXPECT_NEAR(b.norm().item<double>(), a.norm().item<double>(),
                  0.1 * a.norm().item<double>() + 1e-6);
    }
  }
}

TEST(DenoiserConfig, GoesThroughJson) {
  DenoiserConfig config = tiny_config();
  config.attention = Attention::kFull;
  EXPECT_EQ(to_json(denoiser_config_from_json(to_json(config))), to_json(config));
}

TEST(DenoiserConfig, WrongFieldIsNamed) {
  auto json = to_json(tiny_config());
  json["heads"] = 3;
  EXPECT_THROW(denoiser_config_from_json(json), InputError);
  json = to_json(tiny_config());
  json.erase("steps");
  try {
    denoiser_config_from_json(json);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("\"steps\""), std::string::npos);
  }
}

TEST(JointDenoiser, OutputOnCudaIsThatOnTheCpu) {
  FORESIGHT_NEEDS_CUDA();
  DenoiserConfig config = tiny_config();
  config.width = 64;
  config.layers = 6;
  JointDenoiser cpu = tiny_denoiser(config);
  const torch::Device device = choose_device("cuda");
  JointDenoiser cuda = cast_copy(cpu, torch::kFloat, device);
  cuda->eval();
  const Inputs in = random_inputs(config, 4, config.action_frames);
  const Inputs there = {in.states.to(device), in.state_levels.to(device), in.actions.to(device),
                        in.action_levels.to(device)};
  const CleanPrediction here = call(cpu, in), back = call(cuda, there);
  EXPECT_LT((here.states - back.states.cpu()).abs().max().item<double>(), 1e-4);
  EXPECT_LT((here.actions - back.actions.cpu()).abs().max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace foresight
