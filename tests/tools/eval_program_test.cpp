// The program's evaluation commands from end to end, with a tiny untrained model.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "controller/expert/expert.h"
#include "controller/expert/tracking.h"
#include "tests/controller/task_fixtures.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

using nlohmann::json;

struct Outcome {
  int code = -1;
  std::string text;  // stdout and stderr
};

class EvalProgram : public ::testing::Test {
 protected:
  EvalProgram() {
    const auto character = default_character();
    const auto model = testing::tiny_model(*character);
    save_lookahead(at("tiny.safetensors"), *model, module_tensors(*model->denoiser, "denoiser."));
    save_eval_data(at("starts.safetensors"), *character, testing::tiny_eval_data(*character));
  }

  fs::path at(const std::string& name) const { return folder.path / name; }
  json read(const std::string& name) const { return json::parse(read_file(at(name))); }

  /// In the folder.
  Outcome program(const std::string& arguments) const {
    const std::string line =
        "cd '" + folder.path.string() + "' && '" FORESIGHT_PROGRAM "' " + arguments + " 2>&1";
    Outcome outcome;
    FILE* pipe = ::popen(line.c_str(), "r");
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
      outcome.text.push_back(static_cast<char>(c));
    }
    outcome.code = WEXITSTATUS(::pclose(pipe));
    return outcome;
  }

  /// With the tiny model, in batches of two.
  Outcome tiny(const std::string& arguments) const {
    return program(arguments +
                   " --checkpoint tiny.safetensors --eval-data starts.safetensors --batch 2 "
                   "--threads 1 --quiet");
  }

  void expect_refused(const Outcome& outcome, const std::string& says) const {
    EXPECT_EQ(outcome.code, 2) << outcome.text;
    EXPECT_NE(outcome.text.find(says), std::string::npos) << outcome.text;
  }

  TestFolder folder;
};

TEST_F(EvalProgram, AReportNamesAllThatItDependsOn) {
  const Outcome outcome = tiny("eval joystick --episodes 2 --out out");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  const json report = read("out/joystick.json");
  EXPECT_EQ(report.at("protocol"), "joystick");
  EXPECT_EQ(report.at("method"), "lookahead");
  EXPECT_EQ(report.at("checkpoint_sha256").get<std::string>().size(), 64U);
  EXPECT_EQ(report.at("eval_data_sha256").get<std::string>().size(), 64U);
  EXPECT_EQ(report.at("episodes"), 2);
  for (const char* key : {"versions", "options", "device", "threads", "batch", "seed"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  const json& cost = report.at("cost");
  EXPECT_GT(cost.at("network_calls"), 0);
  EXPECT_GT(cost.at("real_time_factor"), 0);
  for (const char* part : {"p50", "p95", "p99"}) EXPECT_GT(cost.at("step_ms").at(part), 0) << part;
  EXPECT_TRUE(fs::exists(at("out/joystick.csv")));
  EXPECT_TRUE(fs::exists(at("out/joystick.html")));
  EXPECT_FALSE(fs::exists(at("out/table.md"))) << "a table of one";
}

TEST_F(EvalProgram, MergedShardsGiveTheReportOfTheWhole) {
  ASSERT_EQ(tiny("eval forest --episodes 3 --out whole").code, 0);
  for (const char* shard : {"0/2", "1/2"}) {
    ASSERT_EQ(tiny(std::string("eval forest --episodes 3 --out parts --shard ") + shard).code, 0);
  }
  const std::string merge =
      "eval merge parts/forest.0of2.shard.json parts/forest.1of2.shard.json "
      "--eval-data starts.safetensors --out merged";
  const Outcome outcome = program(merge);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  json whole = read("whole/forest.json"), merged = read("merged/forest.json");
  for (json* report : {&whole, &merged}) {
    (*report)["cost"].erase("step_ms");
    (*report)["cost"].erase("real_time_factor");
  }
  EXPECT_EQ(whole, merged);
  EXPECT_EQ(read_file(at("whole/forest.csv")), read_file(at("merged/forest.csv")));
  EXPECT_EQ(program(merge + " --require 'metrics.fall_rate.mean<=-1'").code, 3);
  expect_refused(program(merge + " --clips 1"), "eval merge takes no --clips");
}

TEST_F(EvalProgram, ARequirementThatIsMissedEndsWithThree) {
  const std::string run = "eval perturb --episodes 2 --json report.json --require ";
  EXPECT_EQ(tiny(run + "'metrics.fall_rate.mean<=1'").code, 0);
  const Outcome missed = tiny(run + "'metrics.fall_rate.mean>=1.5'");
  EXPECT_EQ(missed.code, 3);
  EXPECT_NE(missed.text.find("metrics.fall_rate.mean>=1.5, got"), std::string::npos);
  EXPECT_TRUE(fs::exists(at("report.json"))) << "what was measured stays";
  fs::remove(at("report.json"));
  expect_refused(tiny(run + "'metrics.fall_rate.mean<5'"), "--require");
  EXPECT_FALSE(fs::exists(at("report.json"))) << "refused before anything ran";
}

TEST_F(EvalProgram, AShardRefusesWhatItWouldDrop) {
  for (const char* flag : {"--sweep", "--clips 1", "--rollouts a.rollouts", "--html a.html",
                           "--require 'metrics.fall_rate.mean<=1'"}) {
    const Outcome outcome = tiny(std::string("eval perturb --shard 0/2 --json a.json ") + flag);
    expect_refused(outcome, "takes no " + std::string(flag).substr(0, std::string(flag).find(' ')));
  }
  EXPECT_FALSE(fs::exists(at("a.json")));
}

TEST_F(EvalProgram, ASweepIsInReportAndPage) {
  ASSERT_EQ(tiny("eval perturb --episodes 1 --sweep --out out").code, 0);
  const json sweep = read("out/perturb.json").at("sweep");
  ASSERT_EQ(sweep.size(), 6U);
  EXPECT_EQ(sweep[5].at("kick_mps"), 1.5);
  EXPECT_TRUE(sweep[0].at("fall_rate").contains("high"));
  EXPECT_NE(read_file(at("out/perturb.html")).find("falls over the largest kick"),
            std::string::npos);
}

TEST_F(EvalProgram, MethodsStandSideBySide) {
  ASSERT_EQ(tiny("eval perturb --episodes 2 --out out").code, 0);
  ASSERT_EQ(tiny("eval perturb --episodes 2 --out out --label other").code, 0);
  const json labelled = read("out/perturb.other.json");
  EXPECT_EQ(labelled.at("protocol"), "perturb");
  EXPECT_EQ(labelled.at("method"), "lookahead:other");
  const Outcome table = program("eval table out --out out");
  ASSERT_EQ(table.code, 0) << table.text;
  EXPECT_NE(table.text.find("| method | perturb, fall_rate |"), std::string::npos) << table.text;
  EXPECT_NE(table.text.find("\n| lookahead:other | "), std::string::npos) << table.text;
  EXPECT_NE(read_file(at("out/comparison.md")).find("| lookahead | "), std::string::npos);
  expect_refused(program("eval table out out/perturb.json"), "two reports of perturb by lookahead");
  expect_refused(program("eval table starts.safetensors"), "not a report");
  fs::create_directories(at("empty"));
  expect_refused(program("eval table empty"), "name reports");
  EXPECT_EQ(tiny("eval perturb --label 'a b'").code, 2);
}

TEST_F(EvalProgram, ACurveOfTuningNamesAllThatItDependsOn) {
  const Outcome outcome = tiny("tune reach --episodes 2 --values 0.5 2 --out curve");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  const json curve = read("curve.json");
  EXPECT_EQ(curve.at("method"), "lookahead");
  EXPECT_EQ(curve.at("curve").size(), 2U);
  for (const char* key : {"protocol", "checkpoint_sha256", "eval_data_sha256", "versions", "device",
                          "threads", "batch", "seed", "options", "episodes", "weight"}) {
    EXPECT_TRUE(curve.contains(key)) << key;
  }
  expect_refused(tiny("tune reach --seed 3"), "1000 to 1999");
  expect_refused(tiny("tune reach --what replan"), "needs --method kin+track");
}

TEST_F(EvalProgram, KinematicPlansAreTunedWithTheirTracker) {
  const auto character = default_character();
  const TrackingTables tables(*character, *character->model);
  torch::manual_seed(1);
  save_expert(at("expert.safetensors"), *character,
              ExpertPolicy(tables.observation_size(), character->nu), json::array(), {});
  const std::string tune =
      "tune reach --method kin+track --expert expert.safetensors --episodes 2 --out curve "
      "--values ";
  ASSERT_EQ(tiny(tune + "1").code, 0);
  const json tracked = read("curve.json");
  EXPECT_EQ(tracked.at("method"), "kin+track@2");
  ASSERT_EQ(tiny("tune reach --episodes 2 --out acted --values 1").code, 0);
  EXPECT_NE(tracked.at("curve"), read("acted.json").at("curve")) << "the tracker has to act";
  const Outcome replans = tiny(tune + "2 4 --what replan");
  ASSERT_EQ(replans.code, 0) << replans.text;
  const json curve = read("curve.json");
  EXPECT_EQ(curve.at("method"), "kin+track");
  ASSERT_EQ(curve.at("curve").size(), 2U);
  json first = curve["curve"][0], alone = tracked["curve"][0];
  first.erase("replan");
  alone.erase("scale");
  EXPECT_EQ(first, alone) << "every second step, the default";
  EXPECT_NE(curve["curve"][1].at("power_w"), first.at("power_w")) << "every fourth step";
  expect_refused(tiny(tune + "99 --what replan"), "--replan 99");
}

TEST_F(EvalProgram, ARunNamesTheDataThatItStartsFrom) {
  const Outcome outcome = program(
      "run --checkpoint tiny.safetensors --eval-data starts.safetensors --seconds 0.2 --threads 1 "
      "--quiet --json run.json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  EXPECT_EQ(read("run.json").at("eval_data_sha256").get<std::string>().size(), 64U);
}

}  // namespace
}  // namespace foresight
