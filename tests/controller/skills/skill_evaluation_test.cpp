#include "controller/skills/skill_evaluation.h"

#include <gtest/gtest.h>

#include "controller/skills/lookahead_actor.h"
#include "controller/skills/skill_report.h"
#include "sim/base/error.h"
#include "tests/controller/skills/skill_fixtures.h"

namespace foresight {
namespace {

/// Holds the pose that it was started with; falls silent after a while when it was told to.
class StandingActor : public SkillActor {
 public:
  StandingActor(const Character& character, int count)
      : actions_(Actions::Zero(count, character.nu)), calls_(count, 0) {}

  int worlds() const override { return static_cast<int>(actions_.rows()); }
  void reset(int world, const SkillStart& start) override {
    orders.push_back(start.order.skill);
    actions_.row(world) = Eigen::Map<const Eigen::RowVectorXd>(
        start.held.data(), static_cast<Eigen::Index>(start.held.size()));
    calls_[world] = 0;
  }
  const Actions& act(std::span<const BodyState>, std::span<const World* const> worlds) override {
    EXPECT_EQ(worlds.size(), calls_.size());
    for (int& calls : calls_) ++calls;
    return actions_;
  }
  bool good(int world) const override { return silent_after == 0 || calls_[world] < silent_after; }

  int silent_after = 0;
  std::vector<std::string> orders;

 private:
  Actions actions_;
  std::vector<int> calls_;
};

class SkillEvaluation : public ::testing::Test {
 protected:
  SkillEvaluation() {
    SkillLibraryOptions settings;
    settings.snippets = 2;
    library = make_skill_library(testing::two_skills(character, 40, 60), settings);
    options.episodes = 3;
    options.seconds = 2;
    options.settle = 0;
    options.quiet = true;
  }

  std::vector<SkillEpisode> run(SkillActor& actor, const SkillOrder& order) const {
    return run_skill_episodes(character, actor, library.recogniser, {standing_start(*character)},
                              order, options);
  }

  std::shared_ptr<const Character> character = default_character();
  SkillLibrary library;
  SkillEvaluationOptions options;
};

TEST_F(SkillEvaluation, StandingIsRecognisedAndBatchesAreFilledUp) {
  StandingActor actor(*character, 2);
  const auto episodes = run(actor, {"sway", {}, 0});
  ASSERT_EQ(episodes.size(), 3u);
  EXPECT_EQ(actor.orders.size(), 4u);
  for (const SkillEpisode& e : episodes) {
    EXPECT_FALSE(e.fell) << e.reason;
    EXPECT_EQ(e.recognised.size(), 2u);
    EXPECT_GT(e.hand_height, 0.4);
    EXPECT_LT(e.hand_height, 1.2);
    EXPECT_LT(e.mean_speed, 0.3);
  }
  EXPECT_EQ(episodes[2].seed, episodes[0].seed + 2);
}

TEST_F(SkillEvaluation, AnActorWithoutAnActionHasFailed) {
  StandingActor actor(*character, 1);
  actor.silent_after = 10;
  const auto episodes = run(actor, {"sway", {}, 0});
  EXPECT_TRUE(episodes[0].fell);
  EXPECT_EQ(episodes[0].reason, "bad action");
  const SkillRow row = summarise({"sway", {}, 0}, episodes, library.recogniser, 0.7);
  EXPECT_EQ(row.falls.mean, 1);
  EXPECT_EQ(row.success.mean, 0);
}

TEST_F(SkillEvaluation, SuccessNeedsMostSecondsAndNoFall) {
  SkillEpisode e;
  e.recognised = {1, 1, 1, 1, 1, 1, 1, 0, 0, MotionRecogniser::kNothing};
  EXPECT_TRUE(succeeded(e, 1, 0.7));
  EXPECT_FALSE(succeeded(e, 1, 0.8));
  EXPECT_FALSE(succeeded(e, 0, 0.7));
  e.fell = true;
  EXPECT_FALSE(succeeded(e, 1, 0.7));
  EXPECT_FALSE(succeeded(SkillEpisode{}, 1, 0.7)) << "nothing was seen";
}

TEST_F(SkillEvaluation, WorkersDoNotChangeWhatPromptedWeightsDo) {
  DenoiserConfig config = lookahead_config("tiny", *character);
  config.prompt_frames = 8;
  const auto model =
      std::make_shared<const LookaheadModel>(random_lookahead(*character, config, 3, 2.0, 0.3));
  LookaheadController controller(character, model, {}, 3);
  LookaheadActor actor(controller, library);
  options.seconds = 1;
  const auto report = [&](int workers) {
    options.workers = workers;
    nlohmann::json all;
    for (const SkillEpisode& e : run(actor, {"sway", "low", 0.5})) {
      all.push_back(to_json(e, library.recogniser));
    }
    return all;
  };
  const auto one = report(1);
  EXPECT_EQ(one, report(2));
  EXPECT_THROW(run(actor, {"moonwalk", {}, 0}), InputError);
}

TEST_F(SkillEvaluation, MixesGoFromOnePromptToTheOther) {
  DenoiserConfig config = lookahead_config("tiny", *character);
  config.prompt_frames = 8;
  const LookaheadModel model = random_lookahead(*character, config, 3);
  const auto prompt = [&](double share, SkillBlend blend) {
    return prompt_for({"sway", "low", share}, library, model, blend, 5);
  };
  const auto tokens = SkillBlend::kTokens, predictions = SkillBlend::kPredictions;
  const auto sway = prompt(0, tokens).states, low = prompt(1, predictions).states;
  EXPECT_TRUE(torch::allclose(prompt(0.25, tokens).states, 0.75 * sway + 0.25 * low));
  const WorldPrompt half = prompt(0.5, predictions);
  EXPECT_TRUE(torch::equal(half.states, sway));
  EXPECT_TRUE(torch::equal(half.other, low));
  EXPECT_EQ(half.share, 0.5);
  // Guidance by the prompt goes from no prompt past it.
  const WorldPrompt firm = prompt_for({"sway", {}, 0, 2.5}, library, model, predictions, 5);
  EXPECT_FALSE(firm.states.defined());
  EXPECT_TRUE(torch::equal(firm.other, sway));
  EXPECT_EQ(firm.share, 2.5);
  EXPECT_FALSE(prompt_for({}, library, model, tokens, 5).states.defined());
}

TEST_F(SkillEvaluation, TablesNameRowsAndColumns) {
  SkillEpisode e;
  e.recognised = {1, 1, 0, MotionRecogniser::kNothing};
  const SkillRow row = summarise({"sway", "low", 0.25}, {e}, library.recogniser, 0.5);
  EXPECT_EQ(order_name(row.order), "sway 0.75 + low 0.25");
  EXPECT_EQ(order_name({"sway", {}, 0, 2.5}), "sway x 2.5");
  EXPECT_DOUBLE_EQ(row.recognised.back(), 0.25);
  EXPECT_EQ(to_json(row, library.recogniser).at("recognised").at("sway"), 0.5);
  EXPECT_NE(skill_table({row}, library.recogniser).find("sway 0.75 + low 0.25"), std::string::npos);
  EXPECT_NE(confusion_table(library.recogniser).find("held-out seconds"), std::string::npos);
}

}  // namespace
}  // namespace foresight
