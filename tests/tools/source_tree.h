// The project's own source files, for tests that check the tree itself.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace foresight {

/// The folders of the top level that hold code, lowest first.
inline constexpr std::array<std::string_view, 6> kCodeFolders = {"sim", "models", "controller",
                                                                 "ui",  "tools",  "tests"};

/// All .h and .cpp files in the code folders, as paths from the project root, sorted.
inline std::vector<std::string> source_files() {
  const std::filesystem::path root = FORESIGHT_SOURCE_DIR;
  std::vector<std::string> files;
  for (const std::string_view folder : kCodeFolders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
      files.push_back(entry.path().lexically_relative(root).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace foresight
