// Which joint of a captured skeleton is what, from its names and its structure.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "sim/motion/source_motion.h"

namespace foresight {

/// A joint hierarchy as a file describes it; parents come before their children.
struct SourceSkeleton {
  std::vector<std::string> names;
  std::vector<int> parents;              // -1 for the root
  std::vector<Eigen::Vector3d> offsets;  // in the parent's frame, file units
};

/// Fills `roles` and `segments` of a motion: ankles, toes, hands and head by name (left/right as
/// word, prefix or suffix), knees, hips, elbows, shoulders, neck and chest by their place on the
/// chains. Throws InputError when a limb cannot be found.
void assign_roles(const SourceSkeleton& skeleton, const std::string& file, SourceMotion& motion);

}  // namespace foresight
