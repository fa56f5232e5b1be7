#include "controller/planners/shipped_planners.h"

namespace foresight {

std::map<std::string, fs::path> shipped_planners() {
  const std::string prefix = "diffuser_";
  std::map<std::string, fs::path> planners;
  std::error_code ignored;  // no such folder: none
  for (const auto& entry : fs::directory_iterator(assets_dir() / "checkpoints", ignored)) {
    const fs::path& file = entry.path();
    const std::string name = file.stem().string();
    if (file.extension() != ".safetensors" || !name.starts_with(prefix)) continue;
    planners[name.substr(prefix.size())] = file;
  }
  return planners;
}

}  // namespace foresight
