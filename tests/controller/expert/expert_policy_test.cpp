#include "controller/expert/expert_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <utility>

#include "controller/expert/expert.h"
#include "models/autocast.h"
#include "sim/base/error.h"
#include "tests/standing_clip.h"

namespace foresight {
namespace {

TEST(ExpertPolicy, LogProbabilityMatchesTheGaussianByHand) {
  const auto action = torch::tensor({{1.0F, 0.0F}}), mean = torch::tensor({{0.0F, 0.5F}});
  const auto log_std = torch::tensor({0.0F, std::log(0.5F)});
  // -(1/2) - (1/2) - ln(0.5) - ln(2 pi)
  const double expected = -1.0 - std::log(0.5) - std::log(2 * std::numbers::pi);
  EXPECT_NEAR(log_probability(action, mean, log_std).item<double>(), expected, 1e-6);
}

TEST(ObservationNormaliser, MergesBatchesLikeOneBigBatch) {
  torch::manual_seed(1);
  const auto data = torch::randn({100, 3}) * 2 + 5;
  ObservationNormaliser parts(3), whole(3);
  parts.update(data.narrow(0, 0, 30));
  parts.update(data.narrow(0, 30, 70));
  whole.update(data);
  EXPECT_TRUE(torch::allclose(parts.mean, whole.mean, 1e-9));
  EXPECT_TRUE(torch::allclose(parts.variance, whole.variance, 1e-9));
  EXPECT_LT(whole.apply(data).mean().abs().item<double>(), 1e-5);
}

TEST(Mlp, Bfloat16RoundsHiddenLayersButNotOutputs) {
  torch::manual_seed(1);
  Mlp mlp(20, std::vector<std::int64_t>{64, 32}, 3, 1.0);
  const auto x = torch::randn({128, 20});
  const auto outputs_and_gradient = [&](bool bf16) {
    mlp->zero_grad();
    torch::Tensor y;
    {
      const Autocast autocast(bf16, torch::kCPU);
      y = mlp->forward(x);
    }
    y.square().mean().backward();
    return std::pair(y.detach(), mlp->layers[0]->weight.grad().flatten().clone());
  };
  const auto [exact, gradient] = outputs_and_gradient(false);
  const auto [rounded, near] = outputs_and_gradient(true);
  EXPECT_EQ(rounded.scalar_type(), torch::kFloat);
  EXPECT_FALSE(torch::equal(exact, rounded));
  EXPECT_FALSE(torch::equal(rounded, rounded.to(torch::kBFloat16).to(torch::kFloat)));
  EXPECT_LT((exact - rounded).abs().max().item<double>(), 0.05);
  EXPECT_GT(gradient.dot(near).item<double>(),
            0.999 * gradient.norm().item<double>() * near.norm().item<double>());
}

TEST(Expert, SavedPolicyActsTheSameToHalfPrecision) {
  const auto c = default_character();
  ExpertPolicy policy(255, c->nu);
  policy->normaliser.update(torch::randn({64, 255}));
  const fs::path file = fs::path(::testing::TempDir()) / "expert.safetensors";
  save_expert(file, *c, policy, {}, {});
  ExpertPolicy loaded = load_expert(file, *c);
  const auto x = torch::randn({4, 255});
  const auto a = policy->mean(policy->normaliser.apply(x));
  const auto b = loaded->mean(loaded->normaliser.apply(x));
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-3);
}

TEST(Expert, ClipsOfEarlierTrainingStayInTheContract) {
  ReferenceMotion now;
  now.clips.push_back({"a/walk", "MIT", "locomotion", "train", 0, 30});
  now.clips.push_back({"a/walk~mirror", "MIT", "locomotion", "train", 30, 30, true});
  const nlohmann::json earlier{{{"clip", "b/run"}, {"licence", "CMU"}}};
  const nlohmann::json expected{{{"clip", "a/walk"}, {"licence", "MIT"}},
                                {{"clip", "b/run"}, {"licence", "CMU"}}};
  EXPECT_EQ(training_data_json(now, earlier), expected);
}

TEST(Expert, ACheckpointWithAnotherJointOrderIsRefusedByName) {
  const auto c = default_character();
  ExpertPolicy policy(255, c->nu);
  const fs::path file = fs::path(::testing::TempDir()) / "other.safetensors";
  const auto other = std::const_pointer_cast<Character>(load_character(c->file));
  std::swap(other->joint_names[0], other->joint_names[1]);
  save_expert(file, *other, policy, {}, {});
  try {
    load_expert(file, *c);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("joints"), std::string::npos) << error.what();
  }
}

TEST(Expert, AFallTestEndsWithAFallNotWithAnError) {
  const auto c = default_character();
  torch::manual_seed(1);
  ExpertPolicy policy(255, c->nu);
  const ReferenceMotion reference =
      build_reference(*c, {standing_clip(*c, "made/stand", 90)}, false);
  TrackingTest test{.max_error = 1e-6, .fall_seconds = 0.5, .threads = 1};
  const ClipResult quiet = evaluate_expert(c, reference, policy, test)[0];
  EXPECT_FALSE(quiet.fell);
  EXPECT_NEAR(quiet.tracked_seconds, 0.5, 1e-9) << "whatever the error";
  test.kick = 40;
  test.fall_seconds = 15;
  const ClipResult kicked = evaluate_expert(c, reference, policy, test)[0];
  EXPECT_TRUE(kicked.fell);
  EXPECT_LT(kicked.tracked_seconds, kicked.seconds);
  test.fall_seconds = 0;
  const ClipResult lost = evaluate_expert(c, reference, policy, test)[0];
  EXPECT_FALSE(lost.fell);
  EXPECT_EQ(lost.tracked_seconds, 0);
}

}  // namespace
}  // namespace foresight
