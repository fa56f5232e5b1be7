// A fresh folder under the system's temporary one, removed with the object.
#pragma once

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace foresight {

class TemporaryFolder {
 public:
  /// Throws InputError when none can be made.
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "foresight-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw InputError("no temporary folder can be made in " + fs::temp_directory_path().string());
    }
    path = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::permissions(path, fs::perms::owner_all, ignored);  // they may have been taken away
    fs::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  fs::path path;
};

}  // namespace foresight
