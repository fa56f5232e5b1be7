#include <gtest/gtest.h>

#include "controller/expert/expert.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

struct Clips : TestFolder {
  std::shared_ptr<const Character> character = default_character();

  void add(const std::string& name, const std::string& category, const std::string& licence) const {
    Clip clip = standing_clip(*character, "made/" + name, 20);
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
