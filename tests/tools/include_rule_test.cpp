// The include rule of docs/architecture.md: each folder may include the folders below it and the
// libraries that belong to it, and nothing else.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "tests/tools/source_tree.h"

namespace foresight {
namespace {

using Names = std::vector<std::string_view>;

struct Rule {
  std::string_view folder;  // the first rule whose folder holds the file counts
  Names folders;            // project folders that it may include
  Names libraries;          // names of kLibraries
};

const std::vector<Rule> kRules = {
    {"sim/base/", {"sim/base/"}, {"openssl"}},
    {"sim/", {"sim/"}, {"mujoco", "eigen", "json", "zlib", "zstd"}},
    {"models/", {"models/", "sim/base/"}, {"torch", "json"}},
    {"controller/",
     {"controller/", "models/", "sim/"},
     {"torch", "mujoco", "eigen", "json", "zstd"}},
    {"ui/offscreen/",
     {"ui/offscreen/", "controller/", "models/", "sim/"},
     {"torch", "mujoco", "eigen", "json", "opengl", "stb"}},
    {"ui/",
     {"ui/", "controller/", "models/", "sim/"},
     {"torch", "mujoco", "eigen", "json", "opengl", "glfw", "imgui"}},
    {"tools/",
     {"tools/", "ui/", "controller/", "models/", "sim/"},
     {"torch", "mujoco", "eigen", "json", "cli11"}},
    {"tests/",
     {"tests/", "tools/", "ui/", "controller/", "models/", "sim/"},
     {"torch", "mujoco", "eigen", "json", "zlib", "zstd", "openssl", "opengl", "gtest"}},
};

struct Library {
  std::string_view prefix;  // of the path in an #include
  std::string_view name;
};

constexpr Library kLibraries[] = {
    {"mujoco/", "mujoco"},       {"Eigen/", "eigen"},  {"torch/", "torch"},
    {"ATen/", "torch"},          {"c10/", "torch"},    {"nlohmann/", "json"},
    {"zlib.h", "zlib"},          {"zstd", "zstd"},     {"openssl/", "openssl"},
    {"GL/", "opengl"},           {"EGL/", "opengl"},   {"KHR/", "opengl"},
    {"GLFW/", "glfw"},           {"imgui", "imgui"},   {"stb/", "stb"},
    {"backends/imgui", "imgui"}, {"CLI/", "cli11"},    {"gtest/", "gtest"},
    {"sys/", "system"},          {"linux/", "system"},
};

bool any_prefix(std::string_view text, const Names& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

/// Library that an <...> include belongs to; "system" for the C++ and C library.
std::string_view library_of(std::string_view path) {
  for (const Library& library : kLibraries) {
    if (path.starts_with(library.prefix)) return library.name;
  }
  return path.find('/') == std::string_view::npos ? "system" : "unknown";
}

struct Include {
  std::string path;
  bool quoted = false;
};

std::optional<Include> parse_include(const std::string& line) {
  const std::size_t hash = line.find_first_not_of(" \t");
  if (hash == std::string::npos || line[hash] != '#') return std::nullopt;
  const std::size_t word = line.find_first_not_of(" \t", hash + 1);
  if (word == std::string::npos || line.compare(word, 7, "include") != 0) return std::nullopt;
  const std::size_t open = line.find_first_of("<\"", word + 7);
  if (open == std::string::npos) return std::nullopt;
  const bool quoted = line[open] == '"';
  const std::size_t close = line.find(quoted ? '"' : '>', open + 1);
  if (close == std::string::npos) return std::nullopt;
  return Include{line.substr(open + 1, close - open - 1), quoted};
}

const Rule* rule_for(std::string_view file) {
  for (const Rule& rule : kRules) {
    if (file.starts_with(rule.folder)) return &rule;
  }
  return nullptr;
}

/// Why `file` must not include this; empty when it may.
std::string violation(std::string_view file, const Include& include) {
  const Rule* rule = rule_for(file);
  if (rule == nullptr) return "no rule for this folder";
  if (include.quoted) {
    if (any_prefix(include.path, rule->folders) || include.path.starts_with("sim/base/")) return "";
    return "\"" + include.path + "\" is not a file of " + std::string(rule->folder) +
           " or of a folder below it (paths start at the project root)";
  }
  const std::string_view library = library_of(include.path);
  if (library == "system" || any_prefix(library, rule->libraries)) return "";
  return "<" + include.path + "> (" + std::string(library) + ") does not belong into " +
         std::string(rule->folder);
}

TEST(IncludeRule, EveryFileIncludesOnlyItsOwnFolderAndThoseBelow) {
  std::ostringstream violations;
  for (const std::string& file : source_files()) {
    std::ifstream in(std::filesystem::path(FORESIGHT_SOURCE_DIR) / file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      const std::optional<Include> include = parse_include(line);
      if (!include) continue;
      const std::string reason = violation(file, *include);
      if (!reason.empty()) violations << file << ":" << number << ": " << reason << "\n";
    }
  }
  EXPECT_EQ(violations.str(), "");
}

TEST(IncludeRule, RefusesWhatTheTableForbids) {
  EXPECT_NE(violation("sim/world.cpp", {"torch/torch.h", false}), "");
  EXPECT_NE(violation("sim/world.cpp", {"GL/gl.h", false}), "");
  EXPECT_NE(violation("sim/world.cpp", {"models/device.h", true}), "");
  EXPECT_NE(violation("sim/base/files.cpp", {"sim/world.h", true}), "");
  EXPECT_NE(violation("models/device.cpp", {"sim/world.h", true}), "");
  EXPECT_NE(violation("models/device.cpp", {"mujoco/mujoco.h", false}), "");
  EXPECT_NE(violation("controller/plan.cpp", {"ui/app.h", true}), "");
  EXPECT_NE(violation("ui/offscreen/video.cpp", {"GLFW/glfw3.h", false}), "");
  EXPECT_NE(violation("ui/offscreen/video.cpp", {"imgui.h", false}), "");
  EXPECT_NE(violation("ui/offscreen/video.cpp", {"ui/app.h", true}), "");
  EXPECT_NE(violation("sim/world.cpp", {"boost/any.hpp", false}), "");
}

TEST(IncludeRule, AcceptsWhatTheTableAllows) {
  EXPECT_EQ(violation("sim/world.cpp", {"sim/base/error.h", true}), "");
  EXPECT_EQ(violation("models/device.cpp", {"sim/base/error.h", true}), "");
  EXPECT_EQ(violation("models/device.cpp", {"vector", false}), "");
  EXPECT_EQ(violation("controller/plan.cpp", {"sim/world.h", true}), "");
  EXPECT_EQ(violation("ui/offscreen/gl.cpp", {"EGL/egl.h", false}), "");
  EXPECT_EQ(violation("tools/main.cpp", {"CLI/CLI.hpp", false}), "");
}

TEST(IncludeRule, HeadersAreIncludedOnce) {
  for (const std::string& file : source_files()) {
    if (!file.ends_with(".h")) continue;
    std::ifstream in(std::filesystem::path(FORESIGHT_SOURCE_DIR) / file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    EXPECT_NE(text.find("#pragma once"), std::string::npos) << file;
  }
}

}  // namespace
}  // namespace foresight
