#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/base/error.h"
#include "sim/motion/importers.h"
#include "sim/motion/text_reader.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kInch = 0.0254, kCmuFps = 120.0;
constexpr int kMaxBones = 500;

enum Dof { kTx, kTy, kTz, kRx, kRy, kRz };

struct Bone {
  std::string name;
  int parent = -1;
  Vector3d offset = Vector3d::Zero();  // from its start to its end, file units, at rest
  Quaterniond axis = Quaterniond::Identity();
  std::vector<Dof> dofs;
};

struct Skeleton {
  std::vector<Bone> bones;  // 0 is the root; as in the file
  std::vector<int> order;   // parents first
  std::map<std::string, int, std::less<>> index;
  double metres = kInch / 0.45;  // per file unit
  double radians = kDegree;      // per file angle
};

Dof parse_dof(std::string_view word, const TextReader& reader) {
  constexpr std::array<std::string_view, 6> names = {"tx", "ty", "tz", "rx", "ry", "rz"};
  std::string lower(word);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (lower == names[i]) return static_cast<Dof>(i);
  }
  reader.fail("unknown degree of freedom \"" + std::string(word) + "\" (expected rx, ry, rz, ...)");
}

Vector3d three(const TextReader& reader, const char* field) {
  const auto& words = reader.words();
  if (words.size() < 4) reader.fail(std::string(field) + " needs three numbers");
  return {reader.number(words[1], field), reader.number(words[2], field),
          reader.number(words[3], field)};
}

Quaterniond euler(const Vector3d& v, std::string_view order, const TextReader& reader) {
  // "XYZ": turned about x first, so the product is Rz Ry Rx.
  Quaterniond q = Quaterniond::Identity();
  for (const char c : order) {
    const int axis = (c | 0x20) - 'x';
    if (axis < 0 || axis > 2) reader.fail("unknown axis order \"" + std::string(order) + "\"");
    q = Quaterniond(Eigen::AngleAxisd(v[axis], Vector3d::Unit(axis))) * q;
  }
  return q;
}

Quaterniond axis_of(const Skeleton& s, const TextReader& reader) {
  const auto& words = reader.words();
  return euler(s.radians * three(reader, "axis"), words.size() > 4 ? words[4] : "XYZ", reader);
}

void parse_units(TextReader& reader, Skeleton& s) {
  const auto& words = reader.words();
  if (words[0] == "length" && words.size() > 1) {
    const double length = reader.number(words[1], "length");
    if (!(length > 0)) reader.fail("units: length must be positive");
    s.metres = kInch / length;
  } else if (words[0] == "angle" && words.size() > 1) {
    s.radians = words[1].starts_with("rad") ? 1.0 : kDegree;
  }
}

void parse_root(TextReader& reader, Skeleton& s) {
  Bone& root = s.bones[0];
  const auto& words = reader.words();
  if (words[0] == "order") {
    root.dofs.clear();
    for (std::size_t i = 1; i < words.size(); ++i) root.dofs.push_back(parse_dof(words[i], reader));
  } else if (words[0] == "position" || words[0] == "orientation") {
    if (three(reader, "root").norm() > 1e-9)
      reader.fail("a root position or orientation other than zero is not supported");
  }
}

// One bone's lines from "begin" to "end".
void parse_bone(TextReader& reader, Skeleton& s) {
  Bone bone;
  Vector3d direction = Vector3d::Zero();
  double length = 0;
  for (;;) {
    if (!reader.next_line()) reader.fail("the file ends inside a bone: it is truncated");
    const auto& words = reader.words();
    if (words[0] == "end") break;
    if (words[0] == "name" && words.size() > 1) bone.name = words[1];
    if (words[0] == "direction") direction = three(reader, "direction");
    if (words[0] == "length" && words.size() > 1) length = reader.number(words[1], "length");
    if (words[0] == "axis") bone.axis = axis_of(s, reader);
    if (words[0] == "dof") {
      for (std::size_t i = 1; i < words.size(); ++i)
        bone.dofs.push_back(parse_dof(words[i], reader));
    }
  }
  if (bone.name.empty()) reader.fail("a bone without a name");
  if (direction.norm() < 1e-9) reader.fail("bone \"" + bone.name + "\" has no direction");
  bone.offset = length * direction.normalized();
  if (s.bones.size() >= kMaxBones) reader.fail("more than 500 bones");
  if (!s.index.emplace(bone.name, static_cast<int>(s.bones.size())).second) {
    reader.fail("bone \"" + bone.name + "\" appears twice");
  }
  s.bones.push_back(std::move(bone));
}

int find_bone(std::string_view name, const Skeleton& s, const TextReader& reader) {
  const auto found = s.index.find(name);
  if (found == s.index.end()) reader.fail("unknown bone \"" + std::string(name) + "\"");
  return found->second;
}

void parse_hierarchy_line(TextReader& reader, Skeleton& s) {
  const auto& words = reader.words();
  if (words[0] == "begin" || words[0] == "end") return;
  const int parent = find_bone(words[0], s, reader);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const int child = find_bone(words[i], s, reader);
    if (child == 0 || s.bones[child].parent >= 0) {
      reader.fail("bone \"" + s.bones[child].name + "\" has two parents: cyclic hierarchy");
    }
    s.bones[child].parent = parent;
  }
}

// Parents first; a bone that the root does not reach hangs in the air or on a cycle.
void sort_bones(Skeleton& s, const TextReader& reader) {
  s.order = {0};
  for (std::size_t i = 0; i < s.order.size(); ++i) {
    for (std::size_t b = 1; b < s.bones.size(); ++b) {
      if (s.bones[b].parent == s.order[i]) s.order.push_back(static_cast<int>(b));
    }
  }
  for (std::size_t b = 1; b < s.bones.size(); ++b) {
    if (std::find(s.order.begin(), s.order.end(), static_cast<int>(b)) == s.order.end()) {
      reader.fail("bone \"" + s.bones[b].name + "\" is not reached from the root: cyclic or " +
                  "incomplete hierarchy");
    }
  }
}

Skeleton parse_asf(std::string_view text, const std::string& file) {
  TextReader reader(text, file);
  Skeleton s;
  s.bones.push_back(
      {"root", -1, Vector3d::Zero(), Quaterniond::Identity(), {kTx, kTy, kTz, kRx, kRy, kRz}});
  s.index["root"] = 0;
  std::string section;
  while (reader.next_line()) {
    const auto& words = reader.words();
    if (words[0].front() == '#') continue;
    if (words[0].front() == ':') {
      section = words[0];
    } else if (section == ":units") {
      parse_units(reader, s);
    } else if (section == ":root") {
      parse_root(reader, s);
    } else if (section == ":bonedata" && words[0] == "begin") {
      parse_bone(reader, s);
    } else if (section == ":hierarchy") {
      parse_hierarchy_line(reader, s);
    }
  }
  if (section != ":hierarchy") reader.fail("no :hierarchy section: the file is truncated");
  sort_bones(s, reader);
  return s;
}

struct Pose {
  Vector3d translation = Vector3d::Zero();
  std::vector<Quaterniond> local;  // per bone, in the rest frame's axes
  std::vector<bool> known;         // false: not given, or a gap in the capture
  int lines = 0;
};

void parse_bone_values(const TextReader& reader, const Skeleton& s, Pose& pose) {
  const auto& words = reader.words();
  const int index = find_bone(words[0], s, reader);
  const Bone& bone = s.bones[index];
  if (words.size() != bone.dofs.size() + 1) {
    reader.fail("bone \"" + bone.name + "\" needs " + std::to_string(bone.dofs.size()) +
                " numbers, found " + std::to_string(words.size() - 1));
  }
  Quaterniond q = Quaterniond::Identity();
  bool all_zero = true;
  for (std::size_t i = 0; i < bone.dofs.size(); ++i) {
    const double value = reader.number(words[i + 1], bone.name.c_str());
    all_zero = all_zero && value == 0;
    if (bone.dofs[i] <= kTz) {
      pose.translation[bone.dofs[i]] = value;
    } else {
      q = Quaterniond(Eigen::AngleAxisd(s.radians * value, Vector3d::Unit(bone.dofs[i] - kRx))) * q;
    }
  }
  pose.local[index] = bone.axis * q * bone.axis.conjugate();
  // Exact zeros in all of a ball joint's angles are how the database writes a lost marker.
  pose.known[index] = !(all_zero && bone.dofs.size() == 3);
  ++pose.lines;
}

// File axes: y up, facing +z, left +x.
Vector3d from_cmu_axes(const Vector3d& v) { return {v.z(), v.x(), v.y()}; }
Quaterniond from_cmu_axes(const Quaterniond& q) { return {q.w(), q.z(), q.x(), q.y()}; }

// A joint is a bone's end; the root's is where it starts.
void append_pose(const Skeleton& s, const Pose& pose, SourceMotion& motion) {
  const std::size_t count = s.bones.size();
  std::vector<Vector3d> ends(count);
  std::vector<Quaterniond> rotations(count);
  Eigen::Matrix3Xd positions(3, count);
  for (const int b : s.order) {
    const Bone& bone = s.bones[b];
    if (b == 0) {
      ends[b] = pose.translation;
      rotations[b] = pose.local[b];
    } else {
      rotations[b] = rotations[bone.parent] * pose.local[b];
      ends[b] = ends[bone.parent] + rotations[b] * bone.offset;
    }
  }
  for (std::size_t b = 0; b < count; ++b) {
    positions.col(b) = s.metres * from_cmu_axes(ends[b]);
    rotations[b] = from_cmu_axes(rotations[b]);
  }
  motion.positions.push_back(std::move(positions));
  motion.rotations.push_back(std::move(rotations));
}

std::vector<Pose> parse_amc(TextReader& reader, const Skeleton& s) {
  std::vector<Pose> poses;
  while (reader.next_line()) {
    const auto& words = reader.words();
    if (words[0].front() == '#' || words[0].front() == ':') continue;
    if (words.size() == 1) {
      reader.number(words[0], "frame number");
      if (poses.size() >= kMaxFrames) reader.fail("more than 1000000 frames");
      if (poses.size() > 1 && poses.back().lines != poses.front().lines) {
        reader.fail("the frame before has another number of bones than the first frame");
      }
      Pose& pose = poses.emplace_back();
      pose.local.assign(s.bones.size(), Quaterniond::Identity());
      pose.known.assign(s.bones.size(), false);
      continue;
    }
    if (poses.empty())
      reader.fail("expected a frame number before \"" + std::string(words[0]) + "\"");
    parse_bone_values(reader, s, poses.back());
  }
  return poses;
}

// Some copies of the database end inside a frame. At a line's end that frame is dropped, in the
// middle of a line the file is truncated.
void check_last_frame(std::string_view text, const TextReader& reader, std::vector<Pose>& poses,
                      SourceMotion& motion) {
  if (poses.size() < 2 || poses.back().lines == poses.front().lines) return;
  if (!text.ends_with('\n')) reader.fail("the last frame lacks bones: the file is truncated");
  poses.pop_back();
  motion.notes.push_back(reader.file() + ": dropped the incomplete last frame");
}

// Bridges gaps of a bone by turning from the last known rotation to the next one.
void fill_gaps(std::size_t bone, std::vector<Pose>& poses) {
  const int frames = static_cast<int>(poses.size());
  for (int t = 0, last = -1; t <= frames; ++t) {
    if (t < frames && !poses[t].known[bone]) continue;
    for (int k = last + 1; k < t; ++k) {
      if (last < 0 && t == frames) return;  // never known: the bone rests
      const Quaterniond before = poses[last < 0 ? t : last].local[bone];
      const Quaterniond after = poses[t == frames ? last : t].local[bone];
      poses[k].local[bone] = before.slerp(static_cast<double>(k - last) / (t - last), after);
    }
    last = t;
  }
}

void name_roles(const Skeleton& s, const std::string& file, SourceMotion& motion) {
  const auto joint = [&](const std::string& bone) {
    const auto found = s.index.find(bone);
    if (found == s.index.end())
      throw InputError(file + ": the skeleton has no bone \"" + bone + "\"");
    return found->second;
  };
  motion.roles = {{"pelvis", 0}, {"chest", joint("lowerback")}, {"head", joint("thorax")}};
  motion.segments = {{"head", joint("head")}};
  const std::array<std::array<std::string, 2>, 7> limbs = {{{"hip", "hipjoint"},
                                                            {"knee", "femur"},
                                                            {"ankle", "tibia"},
                                                            {"toe", "foot"},
                                                            {"shoulder", "clavicle"},
                                                            {"elbow", "humerus"},
                                                            {"hand", "radius"}}};
  for (const auto& [role, bone] : limbs) {
    motion.roles["left_" + role] = joint("l" + bone);
    motion.roles["right_" + role] = joint("r" + bone);
  }
  motion.segments["left_ankle"] = joint("lfoot");
  motion.segments["right_ankle"] = joint("rfoot");
}

}  // namespace

SourceMotion read_amc(std::string_view amc, const std::string& amc_file, std::string_view asf,
                      const std::string& asf_file) {
  const Skeleton skeleton = parse_asf(asf, asf_file);
  SourceMotion motion;
  motion.format = "amc";
  motion.fps = kCmuFps;
  for (const Bone& bone : skeleton.bones) motion.joints.push_back(bone.name);
  name_roles(skeleton, asf_file, motion);
  TextReader reader(amc, amc_file);
  std::vector<Pose> poses = parse_amc(reader, skeleton);
  check_last_frame(amc, reader, poses, motion);
  for (std::size_t b = 1; b < skeleton.bones.size(); ++b) fill_gaps(b, poses);
  for (const Pose& pose : poses) append_pose(skeleton, pose, motion);
  return motion;
}

}  // namespace foresight
