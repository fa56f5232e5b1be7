#include "controller/expert/ppo.h"

#include <gtest/gtest.h>

#include "tests/standing_clip.h"

namespace foresight {
namespace {

// Clips of two thirds of a second: an episode in three ends where no later state is ever seen.
TEST(Ppo, ValuesOfShortClipsStayWithinWhatRewardsAllow) {
  const auto c = default_character();
  const auto reference = std::make_shared<ReferenceMotion>(
      build_reference(*c, {standing_clip(*c, "made/short", 20)}, false));
  TrackingEnv env(c, reference, {.worlds = 32, .threads = 1, .kick_speed = 0});
  torch::manual_seed(1);
  ExpertPolicy policy(env.observation_size(), env.action_size());
  PpoConfig config;
  config.value_iterations = 30;
  Ppo ppo(env, policy, config, 1);
  PpoReport report;
  for (int i = 0; i < config.value_iterations; ++i) report = ppo.iterate();
  torch::Tensor now = torch::zeros({32, env.observation_size()});
  env.reset(now.data_ptr<float>());
  const torch::NoGradGuard no_grad;
  const torch::Tensor values = policy->state_value(policy->normaliser.apply(now));
  const double usual = report.reward / (1 - config.gamma);
  EXPECT_NEAR(values.mean().item<double>(), usual, 0.15 * usual);
  EXPECT_LT(values.max().item<double>(), 1.1 / (1 - config.gamma));
}

}  // namespace
}  // namespace foresight
