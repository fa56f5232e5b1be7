#include "controller/skills/prompt_data.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "controller/features.h"
#include "controller/skills/skill.h"
#include "controller/window_data.h"
#include "tests/controller/skills/skill_fixtures.h"

namespace foresight {
namespace {

const PromptShape kPrompt{4, 3};

TEST(Skills, FirstPartOfAClipsNameIsItsSkill) {
  EXPECT_EQ(skill_of("zombie/chain_00003~mirror"), "zombie");
  EXPECT_EQ(skill_of("run/fast/a"), "run");
  EXPECT_EQ(skill_of("walk"), "walk");
}

TEST(PromptData, PromptsShowTheSkillOfTheirWindowAndStayInsideAnEpisode) {
  const RolloutSet set = testing::two_skills(default_character(), 6, 40);
  const PromptIndex index = index_prompts(set, kPrompt, 0, 1);
  EXPECT_EQ(index.skills, (std::vector<std::string>{"sway", "low"}));
  std::vector<std::int32_t> windows;
  for (std::int32_t e = 0; e < 6; ++e) windows.insert(windows.end(), 20, 40 * e + 5);
  const auto prompts = draw_prompts(index, windows, 0, 7, 3);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    EXPECT_EQ(prompts[i] / 40 % 2, windows[i] / 40 % 2) << "another skill";
    EXPECT_LE(prompts[i] % 40 + kPrompt.span(), 40);
  }
  EXPECT_TRUE(std::any_of(prompts.begin(), prompts.end(), [](int p) { return p >= 80; }));
}

TEST(PromptData, NeitherPushedNorHeldOutMotionIsShown) {
  RolloutSet set = testing::two_skills(default_character(), 40, 20);
  set.episodes[0].pushes = {10};
  const PromptIndex index = index_prompts(set, kPrompt, 0.3, 1);
  for (const auto& starts : index.starts) {
    for (const std::int32_t start : starts) {
      EXPECT_FALSE(is_held_out(start / 20, 0.3, 1));
      EXPECT_FALSE(start > 0 && start < 10) << start;
    }
  }
}

TEST(PromptData, LeadInsAskForTheirSkillButShowAnother) {
  RolloutSet set = testing::two_skills(default_character(), 4, 40);
  for (RolloutClip& clip : set.clips) {
    if (skill_of(clip.name) == "low") clip.name = "low/lead_00001";
  }
  const PromptIndex index = index_prompts(set, kPrompt, 0, 1);
  EXPECT_FALSE(index.starts[0].empty());
  EXPECT_TRUE(index.starts[1].empty());
  EXPECT_EQ(index.skill_of_episode[1], 1);
}

TEST(PromptData, DrawsDependOnSeedAndStepAndAShareHasNone) {
  const RolloutSet set = testing::two_skills(default_character(), 4, 40);
  const PromptIndex index = index_prompts(set, kPrompt, 0, 1);
  const std::vector<std::int32_t> windows(1000, 3);
  const auto drawn = draw_prompts(index, windows, 0.25, 7, 3);
  EXPECT_EQ(drawn, draw_prompts(index, windows, 0.25, 7, 3));
  EXPECT_NE(drawn, draw_prompts(index, windows, 0.25, 7, 4));
  EXPECT_NEAR(static_cast<double>(std::count(drawn.begin(), drawn.end(), -1)), 250, 60);
}

TEST(PromptData, PromptsLieInTheFrameOfTheirLastStateAndAreMirroredLikeTheirWindows) {
  const RolloutSet set = testing::two_skills(default_character(), 2, 60);
  const StateLayout layout = state_layout(*default_character());
  const WindowData data(set, layout, {4, 6, 7}, torch::kCPU);
  const Prompt plain = data.cut_prompts({5, 70, -1}, kPrompt, false);
  EXPECT_EQ(plain.states.sizes(), (std::vector<std::int64_t>{3, 4, layout.dim()}));
  EXPECT_TRUE(torch::equal(plain.given, torch::tensor({true, true, false})));
  const auto last = plain.states.select(1, 3).narrow(1, layout.root_position(), 2);
  EXPECT_LT(testing::max_abs(last), 1e-6);
  const auto height = plain.states[1][2][layout.root_position() + 2].item<float>();
  EXPECT_FLOAT_EQ(height, set.frames[76 * set.layout.size() + 2]) << "frames are 3 steps apart";
  const Prompt mirrored = data.cut_prompts({5, 70}, kPrompt, true);
  EXPECT_EQ(testing::max_abs(mirrored.states[0] - plain.states[0]), 0);
  EXPECT_LT(testing::max_abs(mirrored.states[1] - mirror_states(layout, plain.states[1])), 1e-5);
}

}  // namespace
}  // namespace foresight
