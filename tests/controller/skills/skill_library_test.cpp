#include "controller/skills/skill_library.h"

#include <gtest/gtest.h>

#include "models/safetensors.h"
#include "sim/base/error.h"
#include "tests/controller/skills/skill_fixtures.h"

namespace foresight {
namespace {

class Library : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(fs::path(::testing::TempDir()));
    options.snippets = 3;
    library = make_skill_library(testing::two_skills(character, 40, 60), options);
    file = fs::path(::testing::TempDir()) /
           (std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) +
            ".safetensors");
    save_skill_library(file, *character, library);
  }

  /// The message of the error that loading gives; empty: none.
  std::string error_of_loading() const {
    try {
      load_skill_library(file, *character);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  void change(const std::function<void(TensorFile&)>& edit) const {
    TensorFile contents = decode_safetensors(read_file(file), "it");
    edit(contents);
    write_file(file, encode_safetensors(contents));
  }

  std::shared_ptr<const Character> character = default_character();
  SkillLibraryOptions options;
  SkillLibrary library;
  fs::path file;
};

TEST_F(Library, ComesBackFromItsFile) {
  const SkillLibrary back = load_skill_library(file, *character);
  EXPECT_EQ(back.names(), (std::vector<std::string>{"low", "sway"}));
  EXPECT_TRUE(torch::equal(back.of("low"), library.of("low")));
  EXPECT_EQ(back.of("low").size(0), 3);
  EXPECT_EQ(back.recogniser.heldout, library.recogniser.heldout);
  EXPECT_EQ(back.recogniser.means, library.recogniser.means);
  EXPECT_EQ(back.sources.at(0).at("licence"), "MIT");
  EXPECT_FALSE(back.sha256.empty());
}

TEST_F(Library, UnknownSkillIsToldWithTheNames) {
  try {
    library.of("moonwalk");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "no skill \"moonwalk\"; there are low, sway");
  }
}

TEST_F(Library, BrokenFilesAreRefusedByFileAndField) {
  const std::string bytes = read_file(file);
  write_file(file, bytes.substr(0, bytes.size() - 100));
  EXPECT_NE(error_of_loading().find(file.string()), std::string::npos);
  write_file(file, bytes);
  change([](TensorFile& f) { f.tensors.erase("snippets.low"); });
  EXPECT_NE(error_of_loading().find("\"snippets.low\" is missing"), std::string::npos);
  write_file(file, bytes);
  change([](TensorFile& f) { f.tensors["recogniser.means"] = torch::zeros({2, 5}); });
  EXPECT_NE(error_of_loading().find("\"recogniser.means\" has a wrong shape"), std::string::npos);
  write_file(file, bytes);
  change([](TensorFile& f) { f.metadata["skills"] = "[1, 2]"; });
  EXPECT_NE(error_of_loading().find("\"skills\""), std::string::npos);
  write_file(file, bytes);
  change([](TensorFile& f) { f.metadata["joints"] = "[\"tail\"]"; });
  EXPECT_NE(error_of_loading().find("\"joints\""), std::string::npos);
  write_file(file, bytes);
  EXPECT_EQ(error_of_loading(), "");
}

TEST_F(Library, PromptsAreCutForTheWeights) {
  DenoiserConfig config = lookahead_config("tiny", *character);
  LookaheadModel model = random_lookahead(*character, config, 1);
  EXPECT_THROW(prompt_of(model, library.of("low")[0]), InputError) << "takes no prompts";
  config.prompt_frames = 8;
  model = random_lookahead(*character, config, 1);
  const auto prompt = prompt_of(model, library.of("low")[0]);
  EXPECT_EQ(prompt.sizes(), (std::vector<std::int64_t>{8, config.state_dim}));
  EXPECT_FLOAT_EQ(prompt[7][model.layout.root_position() + 2].item<float>(),
                  library.of("low")[0][31][2].item<float>());
  model.prompt_stride = 5;
  EXPECT_THROW(prompt_of(model, library.of("low")[0]), InputError) << "too short";
}

TEST_F(Library, TooFewEpisodesForSnippetsAreAnError) {
  options.snippets = 1000;
  EXPECT_THROW(make_skill_library(testing::two_skills(character, 40, 60), options), InputError);
}

}  // namespace
}  // namespace foresight
