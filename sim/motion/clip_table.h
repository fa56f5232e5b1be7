// The table that describes a set of mocap files: category, split and flags of each.
#pragma once

#include <map>
#include <string>

#include "sim/base/files.h"

namespace foresight {

struct ClipInfo {
  std::string description;
  std::string category = "unknown";  // "locomotion", "jump", "other", "unknown"
  std::string split = "train";       // "train", "heldout"
  std::string flags;
};

/// Reads a CSV with the columns file, category, split and, if there, description and flags; fields
/// may be quoted. Keys are "folder/stem". A category may have a prefix such as "a-". Throws
/// InputError with file and line.
std::map<std::string, ClipInfo> read_clip_table(const fs::path& csv);

/// Licence of a mocap set by the name of its folder; "unknown" for any other folder.
std::string licence_of_folder(const std::string& folder);

/// Whether a licence forbids commercial use ("NC" in its name).
bool is_noncommercial(const std::string& licence);

}  // namespace foresight
