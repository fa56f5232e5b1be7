#include "models/trainer.h"

#include <torch/nn/modules/linear.h>

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>

#include "models/window_training.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/rng.h"
#include "tests/models/cuda.h"
#include "tests/models/tiny_model.h"

namespace foresight {
namespace {

class TrainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / (std::string("foresight_") + info->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TrainerConfig config(const std::string& name) const {
    TrainerConfig c;
    c.total_steps = 20;
    c.warmup_steps = 4;
    c.log_every = 4;
    c.state_file = folder_ / (name + ".safetensors");
    c.log_file = folder_ / (name + ".csv");
    return c;
  }

  fs::path folder_;
};

/// Denoiser training on random windows, keyed by step.
struct TinyTraining {
  DenoiserConfig model = tiny_config();
  JointDenoiser denoiser = tiny_denoiser(model);
  Normaliser normaliser = tiny_normaliser(model);
  NoiseSchedule schedule{model.steps};
  torch::Device device = torch::kCPU;

  explicit TinyTraining(const torch::Device& where = torch::kCPU) : device(where) {
    denoiser->to(device);
    normaliser = normaliser.to(device);
  }

  StepLoss loss(std::int64_t step) {
    torch::manual_seed(random_key(99, step));
    const auto states = torch::rand({4, model.frames(), model.state_dim}) - 0.5;
    const auto actions = torch::rand({4, model.action_frames, model.action_dim}) - 0.5;
    const WindowBatch batch{states.to(device), actions.to(device), {}};
    return window_loss(denoiser, normaliser, schedule, {}, batch, step);
  }
  LossFunction function() {
    return [this](std::int64_t step) { return loss(step); };
  }
};

std::vector<double> train(TinyTraining& setup, Trainer& trainer, std::int64_t stop_by_signal_at) {
  std::vector<double> losses;
  trainer.run(setup.function(), [&](std::int64_t step, double loss) {
    losses.push_back(loss);
    if (step == stop_by_signal_at) std::raise(SIGTERM);
    return true;
  });
  return losses;
}

/// Rows of a curve without the column of seconds.
std::vector<std::string> curve(const fs::path& path) {
  std::istringstream in(read_file(path));
  std::vector<std::string> rows;
  for (std::string row; std::getline(in, row);) {
    const auto first = row.find(','), second = row.find(',', first + 1);
    rows.push_back(row.substr(0, first) + row.substr(second));
  }
  return rows;
}

TEST_F(TrainerTest, KilledRunGoesOnAsIfNothingHadHappened) {
  TinyTraining straight;
  Trainer whole(straight.denoiser.ptr(), config("whole"));
  const auto expected = train(straight, whole, -1);
  ASSERT_EQ(expected.size(), 20u);

  TinyTraining before;
  Trainer first(before.denoiser.ptr(), config("parts"));
  auto losses = train(before, first, 10);
  EXPECT_EQ(losses.size(), 10u);
  TinyTraining after;
  Trainer second(after.denoiser.ptr(), config("parts"));
  ASSERT_TRUE(second.resume());
  EXPECT_EQ(second.steps_done(), 10);
  const auto rest = train(after, second, -1);
  losses.insert(losses.end(), rest.begin(), rest.end());

  EXPECT_EQ(losses, expected);
  EXPECT_EQ(curve(config("parts").log_file), curve(config("whole").log_file));
  for (const auto& [name, tensor] : whole.ema_tensors("")) {
    EXPECT_TRUE(torch::equal(second.ema_tensors("")[name], tensor)) << name;
  }
}

TEST_F(TrainerTest, KilledRunOnCudaGoesOnWithinAThousandth) {
  FORESIGHT_NEEDS_CUDA();
  const torch::Device device = choose_device("cuda");
  TinyTraining straight(device), before(device), after(device);
  Trainer whole(straight.denoiser.ptr(), config("whole"));
  const auto expected = train(straight, whole, -1);
  Trainer first(before.denoiser.ptr(), config("parts"));
  auto losses = train(before, first, 10);
  Trainer second(after.denoiser.ptr(), config("parts"));
  ASSERT_TRUE(second.resume());
  const auto rest = train(after, second, -1);
  losses.insert(losses.end(), rest.begin(), rest.end());
  ASSERT_EQ(losses.size(), expected.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(losses[i], expected[i], 1e-3 * expected[i]) << "step " << i;
  }
}

TEST_F(TrainerTest, CurveRowsAfterTheSavedStepAreDropped) {
  TinyTraining setup;
  Trainer first(setup.denoiser.ptr(), config("parts"));
  for (int i = 0; i < 6; ++i) first.step(setup.function());
  first.save();
  for (int i = 0; i < 6; ++i) first.step(setup.function());
  EXPECT_EQ(curve(config("parts").log_file).size(), 4u);
  Trainer second(setup.denoiser.ptr(), config("parts"));
  ASSERT_TRUE(second.resume());
  EXPECT_EQ(curve(config("parts").log_file).size(), 2u);
}

TEST_F(TrainerTest, StateOfAnotherRunIsRefused) {
  TinyTraining setup;
  TrainerConfig c = config("state");
  Trainer trainer(setup.denoiser.ptr(), c);
  trainer.save();
  c.seed = 2;
  EXPECT_THROW(Trainer(setup.denoiser.ptr(), c).resume(), InputError);
  c.seed = 1;
  DenoiserConfig wider = tiny_config();
  wider.width = 32;
  EXPECT_THROW(Trainer(tiny_denoiser(wider).ptr(), c).resume(), InputError);
  write_file(c.state_file, read_file(c.state_file).substr(0, 1000));
  EXPECT_THROW(Trainer(setup.denoiser.ptr(), c).resume(), InputError);
}

TEST_F(TrainerTest, LossThatIsNotFiniteLeavesTheWeights) {
  TinyTraining setup;
  Trainer trainer(setup.denoiser.ptr(), config("nan"));
  const auto before = setup.denoiser->parameters()[0].detach().clone();
  const auto loss = [&](std::int64_t) {
    return StepLoss{setup.denoiser->parameters()[0].sum() * NAN, {}};
  };
  EXPECT_THROW(trainer.step(loss), InputError);
  EXPECT_TRUE(torch::equal(setup.denoiser->parameters()[0], before));
}

TEST(Trainer, RateWarmsUpAndFollowsACosine) {
  TrainerConfig config;
  config.learning_rate = 1.0;
  config.warmup_steps = 10;
  config.total_steps = 110;
  config.final_rate = 0.1;
  EXPECT_DOUBLE_EQ(learning_rate(config, 0), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(config, 9), 1.0);
  EXPECT_NEAR(learning_rate(config, 60), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate(config, 110), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate(config, 500), 0.1, 1e-12);
}

TEST(Trainer, EmaDecayWarmsUpToItsLimit) {
  TrainerConfig config;
  EXPECT_DOUBLE_EQ(ema_decay(config, 0), 0.0);
  EXPECT_NEAR(ema_decay(config, 15), 1.0 - 1.0 / 8.0, 1e-12);
  EXPECT_DOUBLE_EQ(ema_decay(config, 100'000'000), 0.9999);
}

// AdamW by hand: the first step moves every weight by the rate times the sign of its gradient.
TEST(Trainer, FirstStepIsThatOfAdamW) {
  torch::nn::Linear linear(2, 1);
  {
    torch::NoGradGuard no_grad;
    linear->weight.copy_(torch::tensor({{2.0f, -1.0f}}));
    linear->bias.fill_(1.0f);
  }
  TrainerConfig config;
  config.learning_rate = 0.1;
  config.weight_decay = 0.5;
  config.warmup_steps = 0;
  config.clip_norm = 0.0;
  Trainer trainer(linear.ptr(), config);
  trainer.step([&](std::int64_t) {
    return StepLoss{linear(torch::tensor({{3.0f, -4.0f}})).sum(), {}};
  });
  EXPECT_NEAR(linear->weight[0][0].item<double>(), 2.0 * (1 - 0.1 * 0.5) - 0.1, 1e-5);
  EXPECT_NEAR(linear->weight[0][1].item<double>(), -1.0 * (1 - 0.1 * 0.5) + 0.1, 1e-5);
  EXPECT_NEAR(linear->bias[0].item<double>(), 1.0 - 0.1, 1e-5);
}

}  // namespace
}  // namespace foresight
