#include "controller/lookahead_training.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

class LookaheadTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    root = fs::path(::testing::TempDir()) /
           ("lookahead_training_" +
            std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(root);
    fs::create_directories(root);
    save_rollouts(root / "a.rollouts", testing::tiny_rollouts(character, 6, 50));
  }

  LookaheadTrainingOptions options(const std::string& out, std::int64_t steps) const {
    LookaheadTrainingOptions o;
    o.rollouts = {root / "a.rollouts"};
    o.out = root / out;
    o.preset = "tiny";
    o.steps = steps;
    o.batch = 4;
    o.heldout = 0.3;
    o.quiet = true;
    return o;
  }

  std::shared_ptr<const Character> character = default_character();
  fs::path root;
};

TEST_F(LookaheadTraining, WritesACheckpointThatLoadsAndSaysWhatItIs) {
  const auto result = train_lookahead(*character, options("run", 5));
  EXPECT_EQ(result.steps, 5);
  EXPECT_GT(result.validation_state, 0);
  const auto model = load_lookahead(root / "run/lookahead.safetensors", *character, torch::kCPU);
  EXPECT_EQ(model.contract.at("kind"), "lookahead");
  EXPECT_EQ(model.contract.at("training_data").at(0).at("licence"), "MIT");
  EXPECT_EQ(model.contract.at("features").at("dim"), 102);
  EXPECT_EQ(model.config.width, 64);
  EXPECT_TRUE(fs::exists(root / "run/training.html"));
  EXPECT_TRUE(fs::exists(root / "run/validation.csv"));
}

TEST_F(LookaheadTraining, StoppedAndResumedGivesTheSameWeights) {
  train_lookahead(*character, options("whole", 8));
  LookaheadTrainingOptions o = options("parts", 8);
  o.stop_after = 3;
  EXPECT_EQ(train_lookahead(*character, o).steps, 3);
  o.stop_after = 0;
  EXPECT_EQ(train_lookahead(*character, o).steps, 8);
  const auto whole = load_checkpoint(root / "whole/lookahead.safetensors");
  const auto parts = load_checkpoint(root / "parts/lookahead.safetensors");
  for (const auto& [name, tensor] : whole.tensors) {
    EXPECT_TRUE(torch::equal(tensor, parts.tensors.at(name))) << name;
  }
}

TEST_F(LookaheadTraining, OtherSettingsInTheSameFolderAreRefused) {
  train_lookahead(*character, options("run", 2));
  LookaheadTrainingOptions o = options("run", 2);
  o.batch = 6;
  EXPECT_THROW(train_lookahead(*character, o), InputError);
}

TEST_F(LookaheadTraining, NonCommercialClipsNeedPermissionAndAreNamedInTheContract) {
  save_rollouts(root / "nc.rollouts", testing::tiny_rollouts(character, 4, 50, "CC-BY-NC-4.0"));
  LookaheadTrainingOptions o = options("nc", 2);
  o.rollouts = {root / "nc.rollouts"};
  EXPECT_THROW(train_lookahead(*character, o), InputError);
  o.noncommercial = true;
  train_lookahead(*character, o);
  const auto model = load_lookahead(root / "nc/lookahead.safetensors", *character, torch::kCPU);
  EXPECT_EQ(model.contract.at("training_data").at(0).at("licence"), "CC-BY-NC-4.0");
}

TEST_F(LookaheadTraining, WhatTheFirstWeightsWereTrainedOnStaysInTheContract) {
  save_rollouts(root / "nc.rollouts", testing::tiny_rollouts(character, 4, 50, "CC-BY-NC-4.0"));
  LookaheadTrainingOptions first = options("nc", 2);
  first.rollouts = {root / "nc.rollouts"};
  first.noncommercial = true;
  train_lookahead(*character, first);
  LookaheadTrainingOptions second = options("on", 2);
  second.init = root / "nc/lookahead.safetensors";
  EXPECT_THROW(train_lookahead(*character, second), InputError);
  second.noncommercial = true;
  train_lookahead(*character, second);
  const auto model = load_lookahead(root / "on/lookahead.safetensors", *character, torch::kCPU);
  const auto& data = model.contract.at("training_data");
  ASSERT_EQ(data.size(), 2U);
  EXPECT_EQ(data[0].at("licence"), "MIT");
  EXPECT_EQ(data[1].at("licence"), "CC-BY-NC-4.0");
}

TEST_F(LookaheadTraining, WithPromptsStoppedAndResumedGivesTheSameWeights) {
  LookaheadTrainingOptions whole = options("whole", 6), parts = options("parts", 6);
  whole.prompt = parts.prompt = {4, 2};
  train_lookahead(*character, whole);
  parts.stop_after = 3;
  EXPECT_EQ(train_lookahead(*character, parts).steps, 3);
  parts.stop_after = 0;
  train_lookahead(*character, parts);
  const auto a = load_checkpoint(root / "whole/lookahead.safetensors");
  const auto b = load_checkpoint(root / "parts/lookahead.safetensors");
  for (const auto& [name, tensor] : a.tensors) {
    EXPECT_TRUE(torch::equal(tensor, b.tensors.at(name))) << name;
  }
  for (const char* metric : {"validation_state", "validation_action"}) {
    EXPECT_EQ(a.contract.at("metrics").at(metric), b.contract.at("metrics").at(metric));
  }
  const auto model = load_lookahead(root / "whole/lookahead.safetensors", *character, torch::kCPU);
  EXPECT_EQ(model.config.prompt_frames, 4);
  EXPECT_EQ(model.prompt_stride, 2);
  parts.prompt.stride = 3;
  EXPECT_THROW(train_lookahead(*character, parts), InputError);
}

TEST_F(LookaheadTraining, WeightsThatTakeNoPromptsCanLearnTo) {
  train_lookahead(*character, options("plain", 2));
  EXPECT_FALSE(load_checkpoint(root / "plain/lookahead.safetensors")
                   .contract.at("model")
                   .contains("prompt_frames"));
  LookaheadTrainingOptions o = options("prompted", 2);
  o.init = root / "plain/lookahead.safetensors";
  o.prompt = {4, 2};
  o.learning_rate = 0;
  train_lookahead(*character, o);
  const auto before = load_checkpoint(root / "plain/lookahead.safetensors");
  const auto after = load_checkpoint(root / "prompted/lookahead.safetensors");
  for (const auto& [name, tensor] : before.tensors) {
    EXPECT_TRUE(torch::allclose(tensor.to(torch::kFloat), after.tensors.at(name).to(torch::kFloat),
                                1e-3, 1e-5))
        << name;
  }
  EXPECT_EQ(after.tensors.at("denoiser.prompt_position").size(0), 4);
  o = options("back", 2);
  o.init = root / "prompted/lookahead.safetensors";
  EXPECT_THROW(train_lookahead(*character, o), InputError);
}

TEST_F(LookaheadTraining, CheckpointForAnotherBodyIsRefusedByFieldName) {
  train_lookahead(*character, options("run", 2));
  Checkpoint checkpoint = load_checkpoint(root / "run/lookahead.safetensors");
  auto& joints = checkpoint.contract["character"]["joints"];
  std::swap(joints[0], joints[1]);
  save_checkpoint(root / "other.safetensors", checkpoint);
  try {
    load_lookahead(root / "other.safetensors", *character, torch::kCPU);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("character/joints"), std::string::npos);
  }
}

}  // namespace
}  // namespace foresight
