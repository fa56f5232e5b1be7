#include "sim/motion/clip_table.h"

#include <sstream>
#include <vector>

#include "sim/base/error.h"

namespace foresight {
namespace {

// One CSV line; quotes may hold commas, a doubled quote is a quote.
std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else if (line[i] != '\r') {
      fields.back() += line[i];
    }
  }
  return fields;
}

std::string category_name(std::string text) {
  if (const std::size_t dash = text.find('-'); dash == 1) text = text.substr(2);
  if (text == "a" || text.starts_with("loco")) return "locomotion";
  if (text == "b" || text.starts_with("jump")) return "jump";
  if (text == "c" || text.starts_with("other")) return "other";
  return "unknown";
}

struct Columns {
  int file = -1, description = -1, category = -1, split = -1, flags = -1;
};

Columns parse_header(const std::vector<std::string>& names, const fs::path& csv) {
  Columns c;
  for (int i = 0; i < static_cast<int>(names.size()); ++i) {
    if (names[i] == "file") c.file = i;
    if (names[i] == "description") c.description = i;
    if (names[i] == "category") c.category = i;
    if (names[i] == "split") c.split = i;
    if (names[i] == "flags") c.flags = i;
  }
  if (c.file < 0 || c.category < 0 || c.split < 0) {
    throw InputError(csv.string() + ":1: the header needs the columns file, category and split");
  }
  return c;
}

}  // namespace

std::map<std::string, ClipInfo> read_clip_table(const fs::path& csv) {
  std::istringstream lines(read_file(csv, std::size_t{1} << 26));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = split_csv(line);
  const Columns columns = parse_header(names, csv);
  std::map<std::string, ClipInfo> table;
  for (int number = 2; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::vector<std::string> fields = split_csv(line);
    if (fields.size() != names.size()) {
      throw InputError(csv.string() + ":" + std::to_string(number) + ": has " +
                       std::to_string(fields.size()) + " fields, the header has " +
                       std::to_string(names.size()));
    }
    const auto field = [&](int i) { return i < 0 ? std::string() : fields[i]; };
    const fs::path file = field(columns.file);
    table[(file.parent_path() / file.stem()).generic_string()] = {
        field(columns.description), category_name(field(columns.category)), field(columns.split),
        field(columns.flags)};
  }
  return table;
}

std::string licence_of_folder(const std::string& folder) {
  if (folder == "deepmimic") return "MIT";
  if (folder == "cmu_asfamc" || folder == "cmu_bvh131") return "CMU";
  if (folder == "mjpc_cmu") return "Apache-2.0";
  if (folder == "bandai" || folder == "sie") return "CC-BY-NC-4.0";
  return "unknown";
}

bool is_noncommercial(const std::string& licence) {
  return licence.find("NC") != std::string::npos;
}

}  // namespace foresight
