#include "controller/protocols/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "controller/headless_run.h"
#include "controller/protocols/report.h"
#include "sim/base/error.h"
#include "tests/controller/fixtures.h"

namespace foresight {
namespace {

class Evaluation : public ::testing::Test {
 protected:
  Evaluation() {
    model = std::make_shared<const LookaheadModel>(
        random_lookahead(*character, lookahead_config("tiny", *character), 3, 2.0, 1.5));
    data.starts = {standing_start(*character)};
    const int features = state_layout(*character).dim() - 2;
    data.feature_mean = Eigen::VectorXd::Zero(features);
    data.feature_covariance = Eigen::MatrixXd::Identity(features, features);
    data.feature_scale = Eigen::VectorXd::Ones(features);
  }

  EvaluationResult run(const std::string& protocol, int episodes, int workers, int first_batch = 0,
                       int batches = -1) const {
    LookaheadController controller(character, model, {}, 2);
    EvaluationOptions options;
    options.episodes = episodes;
    options.batch = 2;
    options.workers = workers;
    options.first_batch = first_batch;
    options.batches = batches;
    options.quiet = true;
    return evaluate(find_protocol(protocol), character, controller, data, options);
  }

  std::shared_ptr<const Character> character = default_character();
  std::shared_ptr<const LookaheadModel> model;
  EvalData data;
};

TEST_F(Evaluation, ResultsAreTheSameForAnyNumberOfWorkers) {
  EXPECT_EQ(report_csv(run("perturb", 4, 1)), report_csv(run("perturb", 4, 3)));
}

TEST_F(Evaluation, ShardsOfWholeBatchesAddUpToTheUnshardedRun) {
  const auto whole = run("perturb", 4, 1);
  auto merged = run("perturb", 4, 1, 0, 1);
  const auto second = run("perturb", 4, 1, 1, 1);
  merged.episodes.insert(merged.episodes.end(), second.episodes.begin(), second.episodes.end());
  EXPECT_EQ(report_csv(whole), report_csv(merged));
}

TEST_F(Evaluation, ReportHoldsTheKeysOfTheProtocols) {
  const auto result = run("joystick", 3, 1);
  ASSERT_EQ(result.episodes.size(), 3u);
  const auto report = report_json({"joystick", "lookahead", "abc", "def", "CPU"},
                                  find_protocol("joystick"), result, data);
  for (const char* key : {"protocol", "method", "checkpoint_sha256", "versions", "device",
                          "threads", "seed", "episodes", "metrics", "cost"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  for (const char* metric : {"fall_rate", "success_rate", "velocity_error_mps", "frechet",
                             "velocity_error_rel", "foot_slide_mps", "jerk", "power_w"}) {
    ASSERT_TRUE(report["metrics"].contains(metric)) << metric;
    for (const char* part : {"mean", "low", "high"}) {
      EXPECT_TRUE(report["metrics"][metric].contains(part)) << metric;
    }
  }
  EXPECT_NE(report_html(report, result).find("<svg"), std::string::npos);
  EXPECT_NE(report_table(report).find("fall_rate"), std::string::npos);
}

TEST_F(Evaluation, FallsAreNamedWithTheirReason) {
  for (const EpisodeResult& e : run("perturb", 2, 1).episodes) {
    if (e.failed) {
      EXPECT_EQ(e.reason, "fall");
    }
  }
}

TEST_F(Evaluation, HeadlessRunStandsUpAgainAfterAFallAndCallsItsObservers) {
  LookaheadController controller(character, model, {}, 1);
  RunOptions options;
  options.seconds = 4;
  options.commands = find_protocol("joystick").segments(1);
  const auto world = make_run_world(character, options);
  int steps = 0;
  const RunSummary summary =
      run_headless(*world, controller, data, options, {[&](const RunStep&) { ++steps; }});
  EXPECT_EQ(steps, 120);
  EXPECT_FALSE(world->fall().fallen);
  EXPECT_EQ(summary.path.size() + summary.falls.size(), 120u);
}

TEST(Protocols, AreWhatTheDocumentSays) {
  EXPECT_DOUBLE_EQ(find_protocol("perturb").seconds(), 15);
  EXPECT_DOUBLE_EQ(find_protocol("perturb").kick, 0.5);
  EXPECT_DOUBLE_EQ(find_protocol("perturb-hard").kick, 1.0);
  EXPECT_DOUBLE_EQ(find_protocol("free").seconds(), 60);
  EXPECT_DOUBLE_EQ(find_protocol("joystick").seconds(), 15);
  EXPECT_DOUBLE_EQ(find_protocol("joystick4").seconds(), 12);
  EXPECT_EQ(episode_seed(3, 7), 30007u);
  EXPECT_THROW(find_protocol("swim"), InputError);
  std::set<double> first_speeds;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    first_speeds.insert(find_protocol("joystick").segments(seed)[0].command.forward);
  }
  EXPECT_EQ(first_speeds.size(), 3u) << "1.2, 0 and 2.5 m/s must all come first sometimes";
}

TEST(Protocols, KicksHaveUniformMagnitudeAndDirection) {
  double size = 0, x = 0;
  constexpr int count = 4000;
  for (int i = 0; i < count; ++i) {
    const auto kick = kick_of(5, i, 0.5);
    const double magnitude = std::hypot(kick[0], kick[1]);
    EXPECT_LE(magnitude, 0.5);
    size += magnitude / count;
    x += kick[0] / count;
  }
  EXPECT_NEAR(size, 0.25, 0.01);
  EXPECT_NEAR(x, 0, 0.02);
}

TEST(Joystick, FacingTurnsWithTheCommandAndTravelFollowsIt) {
  JoystickDriver driver;
  const Task& task = find_task("joystick");
  TaskValues values;
  for (int i = 0; i < 30; ++i) {
    values = driver.step(task, {0.0, 0.5, 0.3}, driver.facing, 1.0 / 30);
  }
  EXPECT_NEAR(driver.facing, 0.3, 1e-9);
  EXPECT_NEAR(values[task.parameter("speed")], 0.5, 1e-12);
  EXPECT_NEAR(values[task.parameter("direction")], 0.3 + M_PI / 2, 1e-9);
  EXPECT_NEAR(values[task.parameter("facing")], -M_PI / 2, 1e-9);
}

}  // namespace
}  // namespace foresight
