// A clip of the rest pose.
#pragma once

#include <string>

#include "sim/motion/clip.h"

namespace foresight {

inline Clip standing_clip(const Character& c, const std::string& name, int frames) {
  Clip clip;
  clip.name = name;
  clip.licence = "MIT";
  clip.category = "other";
  clip.split = "train";
  clip.character = c.fingerprint;
  clip.qpos = Eigen::Map<const Eigen::VectorXd>(c.model->qpos0, c.nq).replicate(1, frames);
  return clip;
}

}  // namespace foresight
