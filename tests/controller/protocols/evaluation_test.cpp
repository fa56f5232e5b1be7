#include "controller/protocols/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "controller/headless_run.h"
#include "controller/kick.h"
#include "controller/protocols/metrics.h"
#include "controller/protocols/report.h"
#include "controller/protocols/report_tables.h"
#include "controller/protocols/shards.h"
#include "sim/base/error.h"
#include "tests/controller/task_fixtures.h"

namespace foresight {
namespace {

class Evaluation : public ::testing::Test {
 protected:
  EvaluationOptions options(int episodes, int batch) const {
    EvaluationOptions o;
    o.episodes = episodes;
    o.batch = batch;
    o.workers = 1;
    o.quiet = true;
    return o;
  }

  EvaluationResult run(const std::string& name, const EvaluationOptions& o,
                       PlanTracker* tracker = nullptr) const {
    LookaheadController controller(character, model, {}, o.batch);
    Protocol protocol = find_protocol(name);
    if (!protocol.segments) protocol.limit = std::min(protocol.limit, 2.0);
    return evaluate(protocol, character, controller, data, o, tracker);
  }

  nlohmann::json report(const std::string& protocol, const EvaluationResult& result) const {
    return report_json({protocol, "lookahead", "abc", "def", "CPU"}, find_protocol(protocol),
                       result, data);
  }

  std::shared_ptr<const Character> character = default_character();
  std::shared_ptr<const LookaheadModel> model = testing::tiny_model(*character);
  EvalData data = testing::tiny_eval_data(*character);
};

TEST_F(Evaluation, ResultsAreTheSameForAnyNumberOfWorkers) {
  for (const char* protocol : {"perturb", "forest", "crowd"}) {
    EvaluationOptions one = options(4, 4), two = one;
    two.workers = 2;
    const auto a = run(protocol, one), b = run(protocol, two);
    EXPECT_EQ(report_csv(a), report_csv(b)) << protocol;
    EXPECT_EQ(report(protocol, a)["metrics"], report(protocol, b)["metrics"]) << protocol;
  }
}

TEST_F(Evaluation, KeepsWhatTheCharacterDid) {
  EvaluationOptions o = options(3, 2);
  o.keep_rollouts = true;
  const EvaluationResult result = run("perturb", o);
  for (const EpisodeResult& e : result.episodes) {
    ASSERT_EQ(e.rollout.episodes.size(), 1);
    const auto steps = static_cast<std::int64_t>(e.paths[0].size());
    EXPECT_EQ(e.rollout.steps(), steps + e.fell) << "the step in which it fell included";
    ASSERT_GT(steps, 1);
    // A row is the state before its action: the path has the states after.
    EXPECT_NEAR(e.rollout.qpos[e.rollout.nq], e.paths[0][0][0], 1e-5);
    EXPECT_EQ(e.rollout.action, e.rollout.executed);
  }
  EXPECT_EQ(report_csv(result), report_csv(run("perturb", options(3, 2))));
}

TEST_F(Evaluation, RolloutsToLearnFromEndBeforeAFall) {
  EvaluationOptions o = options(3, 2);
  o.keep_rollouts = true;
  EvaluationResult result = run("perturb", o);
  std::int64_t all = 0;
  for (const EpisodeResult& e : result.episodes) all += e.rollout.steps();
  EXPECT_EQ(kept_rollouts(*character, result, 0).steps(), all);
  for (EpisodeResult& e : result.episodes) e.fell = false;
  result.episodes[1].fell = true;
  const RolloutSet cut = kept_rollouts(*character, result, 0.2);
  EXPECT_EQ(cut.steps(), all - 6);
  ASSERT_EQ(cut.episodes.size(), 3);
  EXPECT_EQ(cut.episodes[1].steps, result.episodes[1].rollout.steps() - 6);
  EXPECT_EQ(kept_rollouts(*character, result, 1000).episodes.size(), 2) << "nothing is left of it";
  result.episodes[1].fell = false;
  result.episodes[1].falls = 1;
  EXPECT_EQ(kept_rollouts(*character, result, 0.2).steps(), all - 6) << "it got up again";
}

// Written to files and read back, shards give the metrics of the unsharded run bit for bit.
TEST_F(Evaluation, MergedShardsEqualTheUnshardedRun) {
  const auto whole = run("perturb", options(5, 2));
  std::vector<ShardFile> shards;
  for (const int index : {1, 0}) {
    EvaluationOptions o = options(5, 2);
    o.shard = {index, 2};
    const ShardFile shard{{"perturb", "lookahead", "abc", "def", "CPU"}, 5, run("perturb", o)};
    shards.push_back(shard_from_json(nlohmann::json::parse(to_json(shard).dump()), "test"));
  }
  const ShardFile merged = merge_shards(shards);
  EXPECT_EQ(report_csv(whole), report_csv(merged.result));
  EXPECT_EQ(report("perturb", whole)["metrics"], report("perturb", merged.result)["metrics"]);
  shards.pop_back();
  EXPECT_THROW(merge_shards(shards), InputError) << "one is missing";
  shards.push_back(shards[0]);
  EXPECT_THROW(merge_shards(shards), InputError) << "one is there twice";
  shards[1].identity.seed = 7;
  EXPECT_THROW(merge_shards(shards), InputError) << "of another evaluation";
}

TEST_F(Evaluation, APageOfMergedShardsShowsTheSameSceneAndPaths) {
  for (const char* protocol : {"forest", "crowd"}) {
    auto whole = run(protocol, options(2, 4));
    const ShardFile shard{{protocol, "lookahead", "abc", "def", "CPU"}, 2, whole};
    auto merged =
        merge_shards({shard_from_json(nlohmann::json::parse(to_json(shard).dump()), "test")});
    whole.step_ms = merged.result.step_ms = {1};
    whole.wall_seconds = merged.result.wall_seconds = 1;
    const std::string page = report_html(report(protocol, merged.result), merged.result);
    EXPECT_EQ(page, report_html(report(protocol, whole), whole));
    EXPECT_NE(page.find("episode 0: "), std::string::npos) << protocol;
    const auto& episode = merged.result.episodes[0];
    EXPECT_EQ(episode.scene.objects.size(), whole.episodes[0].scene.objects.size());
    EXPECT_EQ(episode.paths.size(), whole.episodes[0].paths.size());
  }
}

TEST_F(Evaluation, ShardsAreWholeBatchesAndCoverAllOnce) {
  for (const int count : {1, 2, 3, 5}) {
    int next = 0;
    for (int index = 0; index < count; ++index) {
      EvaluationOptions o = options(100, 32);
      o.shard = {index, count};
      const BatchRange range = batches_of(o, 1);
      EXPECT_EQ(range.first, next);
      next = range.last;
    }
    EXPECT_EQ(next, 4);
  }
  EXPECT_EQ(batches_of(options(100, 32), 4).per_batch, 8);
  EXPECT_THROW(batches_of(options(100, 30), 4), InputError);
  EvaluationOptions wrong = options(10, 2);
  wrong.shard = {2, 2};
  EXPECT_THROW(batches_of(wrong, 1), InputError);
}

TEST_F(Evaluation, ReportHoldsTheKeysOfTheProtocols) {
  const auto result = run("joystick", options(3, 2));
  ASSERT_EQ(result.episodes.size(), 3u);
  const auto all = report("joystick", result);
  for (const char* key : {"protocol", "method", "checkpoint_sha256", "versions", "device",
                          "threads", "seed", "episodes", "metrics", "cost"}) {
    EXPECT_TRUE(all.contains(key)) << key;
  }
  for (const char* metric : {"fall_rate", "success_rate", "velocity_error_mps", "frechet",
                             "velocity_error_rel", "foot_slide_mps", "jerk", "power_w"}) {
    ASSERT_TRUE(all["metrics"].contains(metric)) << metric;
    for (const char* part : {"mean", "low", "high"}) {
      EXPECT_TRUE(all["metrics"][metric].contains(part)) << metric;
    }
  }
  EXPECT_NE(report_html(all, result).find("<svg"), std::string::npos);
  EXPECT_NE(report_table(all).find("fall_rate"), std::string::npos);
}

EpisodeResult steered(const std::vector<SegmentResult>& segments) {
  EpisodeResult e;
  e.segments = segments;
  e.paths.resize(1);
  return e;
}

// Episodes count once, whatever the number of segments that they finished.
TEST(Metrics, VelocityErrorsAreMeansOverEpisodesAlsoBySpeedAndDirection) {
  EvaluationResult result;
  result.episodes = {steered({{{1.2, 0, 0}, {0.9, 0}}, {{2.5, 0, 0}, {2.0, 0}}, {{}, {0.1, 0}}}),
                     steered({{{1.2, 0, 0}, {1.2, 0}}})};
  const auto joystick = metrics_of(find_protocol("joystick"), result, {});
  EXPECT_NEAR(joystick.at("velocity_error_mps").mean, (0.4 + 0) / 2, 1e-12);
  EXPECT_NEAR(joystick.at("velocity_error_rel").mean, (0.5 * (0.25 + 0.2) + 0) / 2, 1e-12);
  EXPECT_NEAR(joystick.at("velocity_error_rel_walk").mean, 0.25 / 2, 1e-12);
  EXPECT_NEAR(joystick.at("velocity_error_rel_run").mean, 0.2, 1e-12);
  EXPECT_NEAR(joystick.at("stop_speed_mps").mean, 0.1, 1e-12);
  EXPECT_GT(joystick.at("velocity_error_rel").high, joystick.at("velocity_error_rel").mean);
  result.episodes = {
      steered({{{1, 0, 0}, {1, 0}}, {{-0.5, 0, 0}, {-0.4, 0}}, {{0, 0.5, 0}, {0, 0.25}}})};
  const auto four = metrics_of(find_protocol("joystick4"), result, {});
  EXPECT_NEAR(four.at("velocity_error_rel_forward").mean, 0, 1e-12);
  EXPECT_NEAR(four.at("velocity_error_rel_back").mean, 0.2, 1e-12);
  EXPECT_NEAR(four.at("velocity_error_rel_side").mean, 0.5, 1e-12);
}

TEST(Metrics, ThePageShowsHowTheySpreadOverEpisodes) {
  EvaluationResult result;
  for (const double speed : {0.9, 1.0, 1.1, 1.15}) {
    result.episodes.push_back(steered({{{1.2, 0, 0}, {speed, 0}}}));
  }
  const nlohmann::json report = report_json({"joystick", "lookahead", "abc", "def", "CPU"},
                                            find_protocol("joystick"), result, {});
  const std::string page = report_html(report, result);
  EXPECT_NE(page.find(">velocity_error_rel_walk</text>"), std::string::npos);
  EXPECT_EQ(page.find(">velocity_error_rel_run</text>"), std::string::npos) << "nobody ran";
}

nlohmann::json made_report(const std::string& protocol, const std::string& method, double falls) {
  const nlohmann::json rate = {{"mean", falls}, {"low", falls / 2}, {"high", 2 * falls}};
  return {{"protocol", protocol},
          {"method", method},
          {"checkpoint_sha256", "0123456789abcdef"},
          {"eval_data_sha256", "fedcba9876543210"},
          {"episodes", 100},
          {"seed", 0},
          {"metrics", {{"fall_rate", rate}, {"success_rate", rate}}}};
}

TEST(ReportTables, AimsAreMetTargetsAreMetOrNeither) {
  const auto says = [](double falls) {
    const std::string table = aims_table({made_report("perturb-hard", "lookahead", falls)});
    return table.substr(table.find("| perturb-hard"));
  };
  EXPECT_EQ(says(0.12),
            "| perturb-hard | lookahead | fall_rate | 12.0 [6.0, 24.0] % | <= 25 % | <= 20 % | aim "
            "met | - |\n");
  EXPECT_NE(says(0.22).find("| target met |"), std::string::npos);
  EXPECT_NE(says(0.30).find("| not met |"), std::string::npos);
}

TEST(ReportTables, MethodsAreRowsAndProtocolsColumns) {
  const std::string table = comparison_table({made_report("forest", "kin+track@4", 0.2),
                                              made_report("perturb", "lookahead", 0.1),
                                              made_report("forest", "lookahead", 0.4)});
  EXPECT_EQ(table,
            "| method | perturb, fall_rate | forest, success_rate |\n|---|---|---|\n"
            "| lookahead | 10.0 [5.0, 20.0] % | 40.0 [20.0, 80.0] % |\n"
            "| kin+track@4 | - | 20.0 [10.0, 40.0] % |\n\n"
            "- lookahead: checkpoint 0123456789ab, evaluation data fedcba987654, 100 episodes of "
            "seed 0\n"
            "- kin+track@4: checkpoint 0123456789ab, evaluation data fedcba987654, 100 episodes of "
            "seed 0\n");
  EXPECT_THROW(comparison_table({made_report("forest", "a", 0), made_report("forest", "a", 0)}),
               InputError);
}

TEST_F(Evaluation, EveryProtocolWithAGoalRunsAndReportsItsMeasures) {
  const std::map<std::string, std::string> measures{
      {"forest", "clean_success_rate"}, {"dynamic", "goal_error_m"}, {"crowd", "arrived"},
      {"waypoint", "all_goals_rate"},   {"hurdles", "touched"},      {"pillars", "platforms"},
      {"reach", "success_rate"},        {"inbetween-0.5", "mjpe_m"}, {"course", "stages"}};
  for (const auto& [protocol, measure] : measures) {
    const auto result = run(protocol, options(1, 4));
    ASSERT_EQ(result.episodes.size(), 1u) << protocol;
    EXPECT_FALSE(result.episodes[0].success && result.episodes[0].fell) << protocol;
    EXPECT_TRUE(result.episodes[0].success || !result.episodes[0].reason.empty()) << protocol;
    EXPECT_TRUE(report(protocol, result)["metrics"].contains(measure)) << protocol << measure;
  }
}

TEST_F(Evaluation, KeepsTheLastFramesForClips) {
  EvaluationOptions o = options(1, 1);
  o.kept_frames = 5;
  const auto result = run("dynamic", o);
  EXPECT_EQ(result.episodes[0].frames.size(), 5u);
  EXPECT_EQ(result.episodes[0].frames[0].mocap.size(), 3u * 7) << "six discs and the goal";
}

TEST_F(Evaluation, KinematicPlansAreTrackedByTheExpert) {
  const TrackingTables tables(*character, *character->model);
  ExpertPolicy expert(tables.observation_size(), character->nu);
  for (const int replan : {1, 4, 8}) {
    PlanTracker tracker(character, expert, replan);
    EvaluationOptions o = options(2, 2);
    o.workers = 2;
    const auto two = run("reach", o, &tracker);
    o.workers = 1;
    const auto one = run("reach", o, &tracker);
    EXPECT_EQ(report_csv(one), report_csv(two));
    EXPECT_EQ(report("reach", one)["metrics"], report("reach", two)["metrics"]);
    EXPECT_GT(one.episodes[0].motion.seconds, 0.2) << "the rest pose does not fall at once";
  }
}

TEST_F(Evaluation, FallsAreNamedWithTheirReason) {
  for (const EpisodeResult& e : run("perturb", options(2, 2)).episodes) {
    EXPECT_NE(e.fell, e.success);
    if (e.fell) {
      EXPECT_EQ(e.reason, "fall");
    }
  }
}

struct CountSteps : RunObserver {
  int before = 0, after = 0;
  void before_step(const World&) override { ++before; }
  void after_step(const RunStep&) override { ++after; }
};

TEST_F(Evaluation, HeadlessRunStandsUpAgainAfterAFallAndCallsItsObservers) {
  LookaheadController controller(character, model, {}, 1);
  RunOptions options;
  options.seconds = 4;
  options.commands = find_protocol("joystick").segments(1);
  const auto world = make_run_world(character, options, data);
  CountSteps counter;
  const RunSummary summary = run_headless(*world, controller, data, options, {&counter});
  EXPECT_EQ(counter.before, 120);
  EXPECT_EQ(counter.after, 120);
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

TEST(Protocols, AreFoundByNameGroupAndAll) {
  EXPECT_EQ(protocols_named("inbetween").size(), 3u);
  EXPECT_EQ(protocols_named("perturb").size(), 1u);
  EXPECT_EQ(protocols_named("all").size(), all_protocols().size());
  for (const char* name : {"swim", "merge", "table"}) {
    EXPECT_THROW(protocols_named(name), InputError) << name;
  }
  EXPECT_EQ(base_name("perturb@kick=0.75"), "perturb");
  EXPECT_EQ(base_name("perturb"), "perturb");
  for (const Protocol& p : all_protocols()) {
    EXPECT_GT(p.seconds(), 0) << p.name;
    EXPECT_NO_THROW(task_values(find_task(p.task), p.settings)) << p.name;
    EXPECT_FALSE(p.aims.empty()) << p.name;
  }
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
