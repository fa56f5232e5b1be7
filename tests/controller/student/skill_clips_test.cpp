#include "controller/student/skill_clips.h"

#include <gtest/gtest.h>

#include "tests/error_of.h"
#include "tests/standing_clip.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

struct SkillFolders : TestFolder {
  std::shared_ptr<const Character> character = default_character();

  // Chained clips have the same names in every folder.
  void add(const std::string& folder, const std::string& licence = "MIT") const {
    Clip clip = standing_clip(*character, "chained/chain_00000", 20);
    clip.licence = licence;
    fs::create_directories(path / folder);
    save_clip(path / folder / "chain_00000.clip", clip);
  }
  std::vector<SkillClips> load(const ClipChoice& choice = {}) const {
    return load_skill_clips(*character, path, choice, 1);
  }
  std::string refusal() const {
    return error_of([&] { load(); });
  }
};

TEST(SkillClips, EveryFolderIsASkillOfItsName) {
  SkillFolders s;
  s.add("zombie/slow");
  s.add("walk", "CMU");
  const auto skills = s.load();
  ASSERT_EQ(skills.size(), 2U);
  EXPECT_EQ(skills[0].name, "walk");
  EXPECT_EQ(skills[1].name, "zombie");
  EXPECT_EQ(skills[1].reference->frames(), 20);
  const nlohmann::json data = training_data_of(skills);
  ASSERT_EQ(data.size(), 2U);
  EXPECT_EQ(data[0]["skill"], "walk");
  EXPECT_EQ(data[0]["licence"], "CMU");
  EXPECT_EQ(data[1]["clips"][0], "chained/chain_00000");
}

TEST(SkillClips, AClipWithoutASkillIsRefused) {
  SkillFolders s;
  EXPECT_NE(s.refusal().find("one folder of clips per skill"), std::string::npos);
  s.add("walk");
  s.add(".");
  EXPECT_NE(s.refusal().find("belongs to no skill"), std::string::npos) << s.refusal();
}

TEST(SkillClips, NonCommercialClipsAreRefusedUnlessAllowedAndThenNamed) {
  SkillFolders s;
  s.add("walk", "CC-BY-NC-4.0");
  EXPECT_NE(s.refusal().find("--noncommercial"), std::string::npos) << s.refusal();
  ClipChoice choice;
  choice.noncommercial = true;
  EXPECT_EQ(training_data_of(s.load(choice))[0]["licence"], "CC-BY-NC-4.0");
}

}  // namespace
}  // namespace foresight
