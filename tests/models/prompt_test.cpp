// Prompts of the joint denoiser and of the sampler.
#include <gtest/gtest.h>

#include "models/sampler.h"
#include "models/window_training.h"
#include "sim/base/error.h"
#include "tests/models/tiny_model.h"

namespace foresight {
namespace {

constexpr int kPromptFrames = 3;

DenoiserConfig prompted_config() {
  DenoiserConfig config = tiny_config();
  config.prompt_frames = kPromptFrames;
  return config;
}

/// Weights that take prompts and, but for those of the prompt, equal the ones that take none.
JointDenoiser prompted_denoiser() {
  const auto plain = tiny_denoiser(tiny_config());
  JointDenoiser denoiser = tiny_denoiser(prompted_config());
  const torch::NoGradGuard no_grad;
  const auto source = plain->named_parameters();
  for (auto& item : denoiser->named_parameters()) {
    const auto* known = source.find(item.key());
    if (known != nullptr) item.value().copy_(*known);
  }
  return denoiser;
}

struct NoisyTokens {
  torch::Tensor states, state_levels, actions, action_levels;
};

NoisyTokens noisy_tokens(int batch, int actions) {
  const DenoiserConfig c = tiny_config();
  torch::manual_seed(5);
  const auto all = torch::randn({batch, c.action_frames, c.action_dim});
  const auto levels = torch::randint(c.steps, {batch, c.action_frames}, torch::kLong);
  return {torch::randn({batch, c.frames(), c.projected_dim}),
          torch::randint(c.steps, {batch, c.frames()}, torch::kLong), all.narrow(1, 0, actions),
          levels.narrow(1, 0, actions)};
}

CleanPrediction predict(JointDenoiser denoiser, const NoisyTokens& in, const Prompt& prompt = {}) {
  const torch::NoGradGuard no_grad;
  return denoiser->forward(in.states, in.state_levels, in.actions, in.action_levels, prompt);
}

Prompt random_prompt(int batch, int dim, int seed = 9) {
  torch::manual_seed(seed);
  return {torch::randn({batch, kPromptFrames, dim}), {}};
}

double apart(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Prompt, WithoutOneTheNetworkIsTheOneThatTakesNone) {
  const NoisyTokens in = noisy_tokens(3, 20);
  const auto plain = predict(tiny_denoiser(tiny_config()), in);
  const auto unprompted = predict(prompted_denoiser(), in);
  EXPECT_TRUE(torch::equal(plain.states, unprompted.states));
  EXPECT_TRUE(torch::equal(plain.actions, unprompted.actions));
}

TEST(Prompt, ChangesStatesAndActionsOfThoseWhoHaveOne) {
  const NoisyTokens in = noisy_tokens(3, 20);
  const auto denoiser = prompted_denoiser();
  Prompt prompt = random_prompt(3, 10);
  prompt.given = torch::tensor({true, false, true});
  const auto plain = predict(denoiser, in), mixed = predict(denoiser, in, prompt);
  const auto all = predict(denoiser, in, {prompt.states, {}});
  for (const int i : {0, 2}) {
    EXPECT_GT(apart(plain.states[i], mixed.states[i]), 1e-3);
    EXPECT_GT(apart(plain.actions[i], mixed.actions[i]), 1e-3);
    EXPECT_LT(apart(all.states[i], mixed.states[i]), 1e-5);
    EXPECT_LT(apart(all.actions[i], mixed.actions[i]), 1e-5);
  }
  EXPECT_LT(apart(plain.states[1], mixed.states[1]), 1e-5) << "it has none";
  EXPECT_LT(apart(plain.actions[1], mixed.actions[1]), 1e-5) << "it has none";
}

TEST(Prompt, LeavingOutLaterActionsStillChangesNothingElse) {
  const auto denoiser = prompted_denoiser();
  Prompt prompt = random_prompt(2, 10);
  for (const bool some : {false, true}) {
    if (some) prompt.given = torch::tensor({true, false});
    const auto all = predict(denoiser, noisy_tokens(2, 20), prompt);
    for (const int count : {0, 1, 4, 19}) {
      const auto fewer = predict(denoiser, noisy_tokens(2, count), prompt);
      EXPECT_LT(apart(fewer.states, all.states), 1e-5);
      EXPECT_TRUE(torch::allclose(fewer.actions, all.actions.narrow(1, 0, count), 1e-5, 1e-5));
    }
  }
}

TEST(Prompt, FullAttentionSeesItAndTokenAttentionTakesNone) {
  DenoiserConfig config = prompted_config();
  config.attention = Attention::kFull;
  const auto denoiser = tiny_denoiser(config);
  const NoisyTokens in = noisy_tokens(2, 20);
  Prompt prompt = random_prompt(2, 10);
  const auto all = predict(denoiser, in, prompt), none = predict(denoiser, in);
  prompt.given = torch::tensor({false, true});
  const auto second = predict(denoiser, in, prompt);
  EXPECT_GT(apart(all.states, none.states), 1e-3);
  EXPECT_LT(apart(second.states[0], none.states[0]), 1e-5);
  EXPECT_LT(apart(second.states[1], all.states[1]), 1e-5);
  config.attention = Attention::kToken;
  EXPECT_THROW(check_config(config), InputError);
}

TEST(Prompt, Bfloat16CopyTakesPrompts) {
  JointDenoiser denoiser = prompted_denoiser();
  JointDenoiser half = cast_copy(denoiser, torch::kBFloat16, torch::kCPU);
  const NoisyTokens in = noisy_tokens(2, 4);
  Prompt prompt = random_prompt(2, 10);
  prompt.given = torch::tensor({true, false});
  const auto a = predict(denoiser, in, prompt), b = predict(half, in, prompt);
  EXPECT_LT(apart(a.states, b.states), 0.05 * a.states.abs().max().item<double>());
}

TEST(Prompt, ContractSaysHowManyFramesOnlyWhenThereAreAny) {
  const auto old = to_json(tiny_config());
  EXPECT_FALSE(old.contains("prompt_frames"));
  EXPECT_EQ(denoiser_config_from_json(old).prompt_frames, 0);
  EXPECT_EQ(denoiser_config_from_json(to_json(prompted_config())).prompt_frames, kPromptFrames);
  auto wrong = old;
  wrong["prompt_frames"] = "eight";
  EXPECT_THROW(denoiser_config_from_json(wrong), InputError);
}

Sampler prompted_sampler(bool prune = true) {
  SamplerOptions options;
  options.prune = prune;
  options.roll_actions = true;
  options.action_rows = ActionRows::kFirst;
  options.stride = 1;
  return {prompted_denoiser(), tiny_normaliser(tiny_config()), options, 2};
}

PlanRequest request_with(const Prompt& prompt, int step = 0) {
  torch::manual_seed(100 + step);
  PlanRequest request;
  request.history = torch::rand({2, 4, 5}) - 0.5;
  request.prompts.prompt = prompt;
  return request;
}

TEST(Prompt, PlanOfAWorldFollowsItsOwnPrompt) {
  Sampler a = prompted_sampler(), b = prompted_sampler();
  const Plan plain = a.plan(request_with({}));
  Prompt second = random_prompt(2, 5);
  second.given = torch::tensor({false, true});
  const Plan prompted = b.plan(request_with(second));
  EXPECT_LT(apart(plain.states[0], prompted.states[0]), 1e-4);
  EXPECT_GT(apart(plain.states[1], prompted.states[1]), 1e-2);
  EXPECT_GT(apart(plain.action[1], prompted.action[1]), 1e-3);
}

TEST(Prompt, PrunedPlanEqualsTheUnprunedOne) {
  Sampler pruned = prompted_sampler(true), unpruned = prompted_sampler(false);
  for (int step = 0; step < 4; ++step) {
    const Plan a = pruned.plan(request_with(random_prompt(2, 5), step));
    const Plan b = unpruned.plan(request_with(random_prompt(2, 5), step));
    EXPECT_LT(apart(a.states, b.states), 1e-5);
    EXPECT_LT(apart(a.action, b.action), 1e-5);
  }
}

TEST(Prompt, MixedPredictionsEndAtEitherPrompt) {
  const Prompt one = random_prompt(2, 5, 1), two = random_prompt(2, 5, 2);
  const auto plan = [&](double share) {
    Sampler sampler = prompted_sampler();
    PlanRequest request = request_with(one);
    request.prompts.other = two;
    request.prompts.share = torch::full({2}, share);
    return sampler.plan(request).states;
  };
  EXPECT_LT(apart(plan(0), prompted_sampler().plan(request_with(one)).states), 1e-5);
  EXPECT_LT(apart(plan(1), prompted_sampler().plan(request_with(two)).states), 1e-5);
  EXPECT_GT(apart(plan(0.5), plan(0)), 1e-3);
  EXPECT_GT(apart(plan(0.5), plan(1)), 1e-3);
}

TEST(Prompt, LossDependsOnIt) {
  JointDenoiser denoiser = prompted_denoiser();
  const Normaliser normaliser = tiny_normaliser(tiny_config());
  const NoiseSchedule schedule(20);
  torch::manual_seed(3);
  WindowBatch batch{torch::rand({2, 36, 5}) - 0.5, torch::rand({2, 20, 3}) - 0.5, {}};
  const auto loss = [&] {
    return window_loss(denoiser, normaliser, schedule, {}, batch, 0).total.item<double>();
  };
  const double without = loss();
  batch.prompt = random_prompt(2, 5);
  EXPECT_NE(loss(), without);
  batch.prompt.given = torch::tensor({false, false});
  EXPECT_NEAR(loss(), without, 1e-5);
}

}  // namespace
}  // namespace foresight
