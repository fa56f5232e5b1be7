#include "sim/export/keyframes.h"

#include "sim/base/error.h"
#include "sim/export/number_text.h"

namespace foresight {
namespace {

void attribute(const char* name, const Eigen::VectorXd& values, std::string& out) {
  out += std::string(" ") + name + "=\"";
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (i > 0) out += ' ';
    append_exact(out, values[i]);
  }
  out += "\"";
}

}  // namespace

std::string mjcf_keyframes(const SceneMotion& motion) {
  const std::size_t end = motion.xml.rfind("</mujoco>");
  if (end == std::string::npos) throw InputError("the recording's scene is not MJCF");
  std::string out = motion.xml.substr(0, end) + "  <keyframe>\n";
  for (int t = 0; t < motion.frames(); ++t) {
    out += "    <key name=\"frame" + std::to_string(t) + "\" time=\"";
    append_exact(out, motion.time[t]);
    out += "\"";
    attribute("qpos", motion.qpos.col(t), out);
    attribute("qvel", motion.qvel.col(t), out);
    attribute("ctrl", motion.ctrl.col(t), out);
    if (motion.mocap.rows() > 0) attribute("mpos", motion.mocap.col(t), out);
    out += "/>\n";
  }
  return out + "  </keyframe>\n</mujoco>\n";
}

}  // namespace foresight
