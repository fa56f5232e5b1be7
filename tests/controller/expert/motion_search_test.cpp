#include "controller/expert/motion_search.h"

#include <gtest/gtest.h>

#include "controller/expert/demonstrations.h"
#include "controller/expert/ppo.h"
#include "models/safetensors.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

struct Searched {
  std::shared_ptr<const Character> character = default_character();
  ReferenceMotion reference =
      build_reference(*character, {standing_clip(*character, "made/stand", 25)}, false);
  ExpertPolicy policy{nullptr};
  MotionSearchConfig config{.samples = 24, .kept = 4, .threads = 1};

  Searched() {
    torch::manual_seed(1);
    policy = ExpertPolicy(TrackingTables(*character, *character->model).observation_size(),
                          character->nu);
  }

  FoundMotion found() { return search_motion(character, reference, 0, policy, config); }
};

TEST(MotionSearch, FollowsAClipToItsEnd) {
  Searched s;
  const FoundMotion found = s.found();
  EXPECT_EQ(found.steps, 24);
  EXPECT_EQ(found.actions.size(), 24U * s.character->nu);
  EXPECT_LT(found.mean_error, 0.06);
  EXPECT_GE(found.worst_error, found.mean_error);
}

TEST(MotionSearch, MoreSamplesComeCloserThanThePolicyAlone) {
  Searched s;
  const FoundMotion found = s.found();
  s.config.samples = s.config.kept = 1;  // the one without an offset
  const FoundMotion alone = s.found();
  EXPECT_LT(found.mean_error, alone.mean_error);
}

TEST(MotionSearch, IsTheSameAtAnyNumberOfThreads) {
  Searched s;
  const FoundMotion one = s.found();
  s.config.threads = 3;
  EXPECT_EQ(one.actions, s.found().actions);
}

TEST(MotionSearch, WhereEverySampleIsLostItEnds) {
  Searched s;
  for (int f = 10; f < 25; ++f) s.reference.body_position.col(f).array() += 2;  // m
  EXPECT_LT(s.found().steps, 13);
}

TEST(Demonstrations, SurviveTheirFile) {
  Searched s;
  Demonstrations all;
  append(all, s.reference.clips[0], s.found());
  const TestFolder folder;
  save_demonstrations(folder.path / "demo.safetensors", all, *s.character);
  const Demonstrations loaded = load_demonstrations(folder.path / "demo.safetensors", *s.character);
  EXPECT_EQ(loaded.rows, 24);
  EXPECT_EQ(loaded.observations, all.observations);
  EXPECT_EQ(loaded.actions, all.actions);
  EXPECT_EQ(loaded.clips, all.clips);
}

TEST(Demonstrations, OtherFilesAreRefused) {
  const auto c = default_character();
  const TestFolder folder;
  const auto refusal = [&](const std::string& character, int columns) {
    TensorFile wrong;
    wrong.tensors["observations"] = torch::zeros({2, columns});
    wrong.tensors["actions"] = torch::zeros({2, c->nu});
    wrong.metadata = {{"kind", "demonstrations"}, {"character", character}, {"clips", "[]"}};
    const fs::path file = folder.write("demo.safetensors", encode_safetensors(wrong));
    return error_of([&] { load_demonstrations(file, *c); });
  };
  EXPECT_NE(refusal("another", 255).find("another character"), std::string::npos);
  EXPECT_NE(refusal(c->fingerprint, 7).find("255 columns"), std::string::npos);
}

TEST(Ppo, ImitatesWhatItIsShown) {
  Searched s;
  TrackingEnv env(s.character, std::make_shared<const ReferenceMotion>(s.reference),
                  {.worlds = 16, .threads = 1});
  PpoConfig config;
  config.steps = 4;
  Ppo ppo(env, s.policy, config, 1);
  const auto seen = torch::randn({64, env.observation_size()});
  const auto shown = torch::full({64, env.action_size()}, 0.4F);
  const auto apart = [&] {
    const torch::NoGradGuard no_grad;
    return (s.policy->mean(s.policy->normaliser.apply(seen)) - shown).abs().mean().item<double>();
  };
  const double before = apart();
  ppo.learn_from(seen, shown, 10);
  for (int i = 0; i < 3; ++i) ppo.iterate();
  EXPECT_LT(apart(), 0.7 * before);
}

}  // namespace
}  // namespace foresight
