#include "controller/state_layout.h"

#include <algorithm>
#include <numeric>

#include "sim/base/error.h"
#include "sim/rotation.h"

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

/// Poses of the bodies in the root's frame when no joint is moved.
std::vector<Eigen::Isometry3d> rest_poses(const Character& c) {
  std::vector<Eigen::Isometry3d> poses{Eigen::Isometry3d::Identity()};
  for (int b = 1; b < c.num_bodies(); ++b) {
    Eigen::Isometry3d step(quat_from_wxyz(c.model->body_quat + 4 * (b + 1)));
    step.pretranslate(Vector3d(c.model->body_pos + 3 * (b + 1)));
    poses.push_back(poses[c.body_parents[b]] * step);
  }
  return poses;
}

struct KeySite {
  int body;      // index into body_names
  Vector3d own;  // m, in the body's frame
};

std::vector<KeySite> key_sites(const Character& c) {
  std::vector<KeySite> sites;
  for (const std::string& name : c.key_points) {
    const int site = mj_name2id(c.model.get(), mjOBJ_SITE, name.c_str());
    sites.push_back({c.model->site_bodyid[site] - 1, Vector3d(c.model->site_pos + 3 * site)});
  }
  return sites;
}

// Bodies from the trunk (the root, or a body that several others hang on) to `body`.
std::vector<int> links_to(const Character& c, int body) {
  std::vector<int> links;
  const auto& parents = c.body_parents;
  for (int b = body; parents[b] >= 0; b = parents[b]) {
    if (b != body && std::count(parents.begin(), parents.end(), b) > 1) break;
    links.insert(links.begin(), b);
  }
  return links;
}

Limb limb_to(const Character& c, const std::vector<KeySite>& sites,
             const std::vector<Eigen::Isometry3d>& poses, int key) {
  Limb limb;
  const std::vector<int> links = links_to(c, sites[key].body);
  if (links.empty()) return limb;
  const int parent = c.body_parents[links.front()];
  while (limb.trunk + 1 < c.num_key_points() && sites[limb.trunk].body != parent) ++limb.trunk;
  const KeySite& trunk = sites[limb.trunk];
  Vector3d from = poses[links.front()].translation();
  limb.joint = from - poses[trunk.body] * trunk.own;
  for (const int body : links) {
    for (int k = 0; k < c.num_key_points(); ++k) {
      if (sites[k].body != body || (body == links.back() && k != key)) continue;
      const Vector3d to = poses[body] * sites[k].own;
      limb.keys.push_back(k);
      limb.lengths.push_back((to - from).norm());
      from = to;
    }
  }
  limb.axis = sites[key].own.normalized();
  const auto found =
      std::find(c.end_effectors.begin(), c.end_effectors.end(), c.body_names[links.back()]);
  if (found != c.end_effectors.end()) {
    limb.end_effector = static_cast<int>(found - c.end_effectors.begin());
  }
  return limb;
}

std::vector<Limb> limbs_of(const Character& c) {
  const auto sites = key_sites(c);
  const auto poses = rest_poses(c);
  std::vector<Limb> limbs;
  for (int k = 0; k < c.num_key_points(); ++k) limbs.push_back(limb_to(c, sites, poses, k));
  return limbs;
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
  layout.key_radius = character.key_radius;
  if (character.model) {
    layout.feet = feet_of(character);
    layout.limbs = limbs_of(character);
  }
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
