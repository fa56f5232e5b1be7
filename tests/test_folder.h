// A temporary folder that a test fills with files.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "sim/base/temporary_folder.h"

namespace foresight {

struct TestFolder : TemporaryFolder {
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
  int files() const {
    return static_cast<int>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

}  // namespace foresight
