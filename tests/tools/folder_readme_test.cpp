// Every folder of the top level and every folder with code of its own explains itself; tests are
// explained by what they mirror.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/tools/source_tree.h"

namespace foresight {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> explained_folders() {
  std::set<std::string> folders = {".", "tests", "assets", "docs", "cmake"};
  for (const std::string& file : source_files()) {
    if (!file.starts_with("tests/")) folders.insert(fs::path(file).parent_path().string());
  }
  return folders;
}

class FolderReadme : public testing::TestWithParam<std::string> {};

TEST_P(FolderReadme, ExistsAndStartsWithATitle) {
  const fs::path file = fs::path(FORESIGHT_SOURCE_DIR) / GetParam() / "README.md";
  ASSERT_TRUE(fs::is_regular_file(file)) << file;
  const std::string text = read_text(file);
  EXPECT_TRUE(text.starts_with("# ")) << file;
  EXPECT_GT(text.size(), 200u) << file << " says next to nothing";
}

INSTANTIATE_TEST_SUITE_P(Tree, FolderReadme, testing::ValuesIn(explained_folders()));

TEST(Architecture, NamesEveryCodeFolder) {
  const std::string text = read_text(fs::path(FORESIGHT_SOURCE_DIR) / "docs" / "architecture.md");
  for (const std::string_view folder : kCodeFolders) {
    EXPECT_NE(text.find("`" + std::string(folder) + "/`"), std::string::npos) << folder;
  }
}

}  // namespace
}  // namespace foresight
