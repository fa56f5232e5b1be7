#include "controller/state_layout.h"

#include <numeric>

#include "sim/base/error.h"

namespace foresight {
namespace {

std::vector<int> feet_of(const Character& character) {
  const mjModel& m = *character.model;
  std::vector<int> keys;
  for (const std::string& foot : character.feet) {
    const int body = mj_name2id(&m, mjOBJ_BODY, foot.c_str());
    for (int k = 0; k < character.num_key_points(); ++k) {
      const int site = mj_name2id(&m, mjOBJ_SITE, character.key_points[k].c_str());
      if (site >= 0 && m.site_bodyid[site] == body) keys.push_back(k);
    }
  }
  return keys;
}

}  // namespace

std::vector<StateRange> StateLayout::ranges() const {
  return {{"key_position", key_position(), 3 * K()},
          {"key_velocity", key_velocity(), 3 * K()},
          {"root_position", root_position(), 3},
          {"root_rotation", root_rotation(), 3},
          {"root_velocity", root_velocity(), 3},
          {"root_angular_velocity", root_angular_velocity(), 3},
          {"end_effector_rotation", end_effector_rotation(), 3 * E()}};
}

std::vector<int> StateLayout::emphasised() const {
  std::vector<int> dims(12);
  std::iota(dims.begin(), dims.end(), root_position());
  return dims;
}

int StateLayout::key_point(const std::string& name) const {
  std::string known;
  for (int k = 0; k < K(); ++k) {
    if (key_points[k] == name || key_points[k] == name + "_key") return k;
    known += (k ? ", " : "") + key_points[k];
  }
  throw InputError("no key point \"" + name + "\"; the character has " + known);
}

StateLayout state_layout(const Character& character) {
  StateLayout layout;
  layout.raw = raw_layout(character);
  layout.key_points = character.key_points;
  layout.end_effectors = character.end_effectors;
  if (character.model) layout.feet = feet_of(character);
  layout.mirror_key_point = character.mirror.key_point;
  layout.mirror_end_effector = character.mirror.end_effector;
  layout.mirror_joint = character.mirror.joint;
  layout.mirror_joint_sign.assign(character.mirror.sign.begin(), character.mirror.sign.end());
  return layout;
}

nlohmann::json feature_contract(const StateLayout& layout) {
  nlohmann::json ranges = nlohmann::json::array();
  for (const StateRange& r : layout.ranges()) ranges.push_back({r.name, r.first, r.size});
  return {{"version", kFeatureVersion},
          {"dim", layout.dim()},
          {"ranges", ranges},
          {"key_points", layout.key_points},
          {"end_effectors", layout.end_effectors}};
}

}  // namespace foresight
