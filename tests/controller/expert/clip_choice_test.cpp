#include <gtest/gtest.h>

#include <sstream>

#include "controller/expert/expert.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

struct Clips : TestFolder {
  std::shared_ptr<const Character> character = default_character();

  void add(const std::string& name, const std::string& category, const std::string& licence,
           const std::string& folder = "made") const {
    Clip clip = standing_clip(*character, folder + "/" + name, 20);
    clip.category = category;
    clip.licence = licence;
    save_clip(path / (name + ".clip"), clip);
  }
  std::vector<std::string> chosen(const ClipChoice& choice) const {
    std::vector<std::string> names;
    for (const Clip& clip : training_clips(*character, path, choice)) names.push_back(clip.name);
    return names;
  }
};

TEST(ClipChoice, TakesThoseOfACategoryOrOfAList) {
  Clips clips;
  clips.add("jump", "jump", "MIT");
  clips.add("run", "locomotion", "MIT");
  clips.add("walk", "locomotion", "MIT");
  EXPECT_EQ(clips.chosen({}).size(), 3U);
  ClipChoice choice;
  choice.category = "locomotion";
  EXPECT_EQ(clips.chosen(choice), (std::vector<std::string>{"made/run", "made/walk"}));
  choice = {};
  choice.only = clips.write("some.txt", "# what to take\n\nmade/walk\r\nmade/jump\n").string();
  EXPECT_EQ(clips.chosen(choice), (std::vector<std::string>{"made/jump", "made/walk"}));
}

TEST(ClipChoice, LeavesOutWhatTheExclusionListNames) {
  Clips clips;
  clips.add("127_33", "locomotion", "CMU", "cmu_asfamc");
  clips.add("127_32", "locomotion", "CMU", "cmu_asfamc");
  clips.add("humanoid3d_crawl", "other", "MIT", "deepmimic");
  EXPECT_EQ(clips.chosen({}), (std::vector<std::string>{"cmu_asfamc/127_32"}));
}

// Every line names a clip and says why.
TEST(ClipChoice, TheExclusionListGivesAReasonForEachClip) {
  std::istringstream in(read_file(assets_dir() / "excluded_clips.csv"));
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_EQ(line, "clip,reason");
  for (int row = 1; std::getline(in, line); ++row) {
    const auto comma = line.find(',');
    ASSERT_NE(comma, std::string::npos) << row;
    EXPECT_NE(line.substr(0, comma).find('/'), std::string::npos) << line;
    EXPECT_GT(line.size() - comma, 20U) << line;
  }
}

TEST(ClipChoice, SaysWhatIsMissing) {
  Clips clips;
  clips.add("walk", "locomotion", "MIT");
  ClipChoice choice;
  choice.only = clips.write("other.txt", "made/dance\n").string();
  EXPECT_NE(error_of([&] { clips.chosen(choice); }).find("other.txt"), std::string::npos);
  choice.only = clips.write("empty.txt", "# nothing\n").string();
  EXPECT_NE(error_of([&] { clips.chosen(choice); }).find("names no clip"), std::string::npos);
}

TEST(ClipChoice, RefusesNonCommercialClipsByName) {
  Clips clips;
  clips.add("walk", "locomotion", "CC-BY-NC-4.0");
  EXPECT_NE(error_of([&] { clips.chosen({}); }).find("made/walk"), std::string::npos);
  ClipChoice choice;
  choice.noncommercial = true;
  EXPECT_EQ(clips.chosen(choice).size(), 1U);
}

}  // namespace
}  // namespace foresight
