#include "controller/expert/ppo.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "tests/standing_clip.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

std::shared_ptr<const ReferenceMotion> short_reference(const Character& c) {
  return std::make_shared<ReferenceMotion>(
      build_reference(c, {standing_clip(c, "made/short", 20)}, false));
}

// A small training: environment, policy and PPO.
struct TinyPpo {
  explicit TinyPpo(const PpoConfig& config)
      : env(character, short_reference(*character), {.worlds = 4, .threads = 1}),
        policy(new_policy(env)),
        ppo(env, policy, config, 1) {}

  static ExpertPolicy new_policy(const TrackingEnv& of) {
    torch::manual_seed(1);
    return ExpertPolicy(of.observation_size(), of.action_size(), ExpertSizes{{8}, {8}});
  }

  std::shared_ptr<const Character> character = default_character();
  TrackingEnv env;
  ExpertPolicy policy;
  Ppo ppo;
};

TEST(Ppo, SavedTrainingComesBackAsItWas) {
  const TestFolder folder;
  PpoConfig config;
  config.steps = 8;
  config.minibatches = 2;
  TinyPpo first(config);
  for (int i = 0; i < 3; ++i) first.ppo.iterate();
  first.ppo.save(folder.path / "a.safetensors");
  TinyPpo second(config);
  second.ppo.load(folder.path / "a.safetensors");
  second.ppo.save(folder.path / "b.safetensors");
  EXPECT_EQ(read_file(folder.path / "a.safetensors"), read_file(folder.path / "b.safetensors"));
  EXPECT_EQ(second.ppo.iteration(), 3);
  EXPECT_EQ(second.ppo.samples(), 3 * 8 * 4);
  EXPECT_EQ(second.ppo.iterate().iteration, 4);
}

TEST(Ppo, GoesOnAtTheSavedRate) {
  const TestFolder folder;
  PpoConfig config;
  config.steps = 8;
  config.epochs = config.minibatches = 1;
  config.min_rate = config.max_rate = 1e-7;
  TinyPpo slow(config);
  slow.ppo.iterate();
  slow.ppo.save(folder.path / "a.safetensors");
  config.max_rate = 1e-2;
  TinyPpo again(config);
  again.ppo.load(folder.path / "a.safetensors");
  const torch::Tensor before = again.policy->parameters()[0].detach().clone();
  again.ppo.iterate();
  const torch::Tensor moved = again.policy->parameters()[0].detach() - before;
  EXPECT_LT(moved.abs().max().item<double>(), 1e-5);
}

TEST(Ppo, ATrainingStateThatIsCutIsRefused) {
  const TestFolder folder;
  PpoConfig config;
  config.steps = 4;
  config.minibatches = 1;
  TinyPpo training(config);
  training.ppo.iterate();
  training.ppo.save(folder.path / "a.safetensors");
  const std::string whole = read_file(folder.path / "a.safetensors");
  folder.write("cut.safetensors", whole.substr(0, whole.size() / 2));
  EXPECT_THROW(training.ppo.load(folder.path / "cut.safetensors"), InputError);
}

// Clips of two thirds of a second: an episode in three ends where no later state is ever seen.
TEST(Ppo, ValuesOfShortClipsStayWithinWhatRewardsAllow) {
  const auto c = default_character();
  TrackingEnv env(c, short_reference(*c), {.worlds = 32, .threads = 1, .kick_speed = 0});
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
