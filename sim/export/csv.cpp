#include "sim/export/csv.h"

#include <nlohmann/json.hpp>

#include "sim/export/number_text.h"

namespace foresight {
namespace {

constexpr const char* kRootColumns[] = {"root_x",  "root_y",  "root_z", "root_qw",
                                        "root_qx", "root_qy", "root_qz"};

}  // namespace

std::string csv_text(const CharacterMotion& motion) {
  std::string out = "time_s";
  for (const char* column : kRootColumns) out += std::string(",") + column;
  for (const std::string& joint : motion.character->joint_names) out += "," + joint;
  out += "\n";
  for (int t = 0; t < motion.frames(); ++t) {
    append_fixed(out, t / motion.fps, 6);
    for (const double value : motion.qpos.col(t)) {
      out += ',';
      append_exact(out, value);
    }
    out += '\n';
  }
  return out;
}

std::string csv_sidecar(const CharacterMotion& motion) {
  const nlohmann::ordered_json json{
      {"fps", motion.fps},
      {"frames", motion.frames()},
      {"character", motion.character->name},
      {"fingerprint", motion.character->fingerprint},
      {"frame", "world, z up, right-handed; the character faces +x at zero heading"},
      {"units", {{"time", "s"}, {"position", "m"}, {"joint", "rad"}}},
      {"quaternion", "wxyz, body to world"},
      {"joints", motion.character->joint_names}};
  return json.dump(2) + "\n";
}

}  // namespace foresight
