#include "sim/base/curve_file.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "sim/base/files.h"

namespace foresight {

void trim_curve(const fs::path& file, std::int64_t last) {
  if (!fs::exists(file)) return;
  std::istringstream rows(read_file(file));
  std::string kept, row;
  for (bool header = true; std::getline(rows, row); header = false) {
    if (header || std::atoll(row.c_str()) <= last) kept += row + "\n";
  }
  write_file(file, kept);
}

}  // namespace foresight
