#include "sim/motion/skeleton_roles.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

enum class Side { none, left, right };

// Lower case, without a namespace such as "mixamorig:".
std::string plain(const std::string& name) {
  std::string out = name.substr(name.rfind(':') == name.npos ? 0 : name.rfind(':') + 1);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool has(const std::string& text, const char* word) { return text.find(word) != text.npos; }

Side side_of(const std::string& name) {
  const std::string text = plain(name);
  if (has(text, "left")) return Side::left;
  if (has(text, "right")) return Side::right;
  const std::string tail = text.size() > 2 ? text.substr(text.size() - 2) : "";
  if (tail == "_l" || tail == ".l" || tail == "-l") return Side::left;
  if (tail == "_r" || tail == ".r" || tail == "-r") return Side::right;
  if (text.starts_with("l") && !text.starts_with("lower")) return Side::left;
  if (text.starts_with("r") && !text.starts_with("root")) return Side::right;
  return Side::none;
}

struct Finder {
  const SourceSkeleton& skeleton;
  const std::string& file;

  // First joint (nearest to the root) of a side whose name holds one of the words.
  int find(Side side, std::initializer_list<const char*> words) const {
    for (std::size_t j = 0; j < skeleton.names.size(); ++j) {
      const std::string text = plain(skeleton.names[j]);
      if (has(text, "thumb") || has(text, "finger") || has(text, "index")) continue;
      if (side != side_of(skeleton.names[j])) continue;
      for (const char* word : words) {
        if (has(text, word)) return static_cast<int>(j);
      }
    }
    return -1;
  }

  int require(Side side, const char* what, std::initializer_list<const char*> words) const {
    const int joint = find(side, words);
    if (joint < 0) {
      const char* prefix = side == Side::left ? "left " : side == Side::right ? "right " : "";
      throw InputError(file + ": the hierarchy has no joint that looks like the " + prefix + what);
    }
    return joint;
  }

  // Next joint towards the root that is not at the same place.
  int above(int joint, const char* what) const {
    while (joint >= 0 && skeleton.offsets[joint].norm() < 1e-6) joint = skeleton.parents[joint];
    const int parent = joint < 0 ? -1 : skeleton.parents[joint];
    if (parent < 0) throw InputError(file + ": the chain to the root ends before the " + what);
    return parent;
  }

  int child(int joint) const {
    for (std::size_t j = 0; j < skeleton.parents.size(); ++j) {
      if (skeleton.parents[j] == joint && skeleton.offsets[j].norm() > 1e-6) {
        return static_cast<int>(j);
      }
    }
    return -1;
  }

  std::vector<int> path_from_root(int joint) const {
    std::vector<int> path;
    for (; joint >= 0; joint = skeleton.parents[joint]) path.push_back(joint);
    std::reverse(path.begin(), path.end());
    return path;
  }
};

void assign_limbs(const Finder& finder, Side side, const std::string& prefix,
                  SourceMotion& motion) {
  auto& roles = motion.roles;
  const int ankle = finder.require(side, "ankle", {"ankle", "foot"});
  const int knee = finder.above(ankle, "knee");
  const int hand = finder.require(side, "wrist", {"wrist", "hand"});
  const int elbow = finder.above(hand, "elbow");
  roles[prefix + "ankle"] = ankle;
  roles[prefix + "knee"] = knee;
  roles[prefix + "hip"] = finder.above(knee, "hip");
  roles[prefix + "hand"] = hand;
  roles[prefix + "elbow"] = elbow;
  roles[prefix + "shoulder"] = finder.above(elbow, "shoulder");
  int toe = finder.find(side, {"toe"});
  if (toe < 0) toe = finder.child(ankle);
  if (toe >= 0) roles[prefix + "toe"] = toe;
  motion.segments[prefix + "ankle"] = ankle;
}

// The neck's base is the first joint after the arms branch off, towards the head.
int neck_base(const Finder& finder, int head, const SourceMotion& motion) {
  const std::vector<int> path = finder.path_from_root(head);
  const std::vector<int> arm = finder.path_from_root(motion.roles.at("left_shoulder"));
  std::size_t common = 0;
  while (common < path.size() && common < arm.size() && path[common] == arm[common]) ++common;
  return common < path.size() ? path[common] : head;
}

// Joint on the spine half-way from the hips to the neck's base, by length along the chain.
int mid_spine(const SourceSkeleton& skeleton, const std::vector<int>& spine) {
  double total = 0;
  for (std::size_t i = 1; i < spine.size(); ++i) total += skeleton.offsets[spine[i]].norm();
  int best = spine.front();
  double along = 0, best_gap = total;
  for (std::size_t i = 1; i + 1 < spine.size(); ++i) {
    along += skeleton.offsets[spine[i]].norm();
    const double gap = std::abs(along - 0.5 * total);
    if (gap < best_gap) best_gap = gap, best = spine[i];
  }
  return best;
}

}  // namespace

void assign_roles(const SourceSkeleton& skeleton, const std::string& file, SourceMotion& motion) {
  const Finder finder{skeleton, file};
  assign_limbs(finder, Side::left, "left_", motion);
  assign_limbs(finder, Side::right, "right_", motion);
  const int head = finder.require(Side::none, "head", {"head"});
  motion.segments["head"] = head;
  const int neck = neck_base(finder, head, motion);
  motion.roles["head"] = neck;
  const std::vector<int> hip_path = finder.path_from_root(motion.roles.at("left_hip"));
  std::vector<int> spine = finder.path_from_root(neck);
  while (spine.size() > 1 && hip_path.size() > 1 &&
         std::find(hip_path.begin(), hip_path.end(), spine[1]) != hip_path.end()) {
    spine.erase(spine.begin());
  }
  motion.roles["pelvis"] = spine.front();
  const int chest = mid_spine(skeleton, spine);
  if (chest != spine.front()) motion.roles["chest"] = chest;
}

}  // namespace foresight
