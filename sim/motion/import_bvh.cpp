#include <cmath>

#include "sim/base/error.h"
#include "sim/motion/importers.h"
#include "sim/motion/skeleton_roles.h"
#include "sim/motion/text_reader.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr int kMaxJoints = 1000, kMaxDepth = 200;

struct Channel {
  int joint;
  int axis;  // 0 x, 1 y, 2 z
  bool rotation;
};

struct Hierarchy {
  SourceSkeleton skeleton;
  std::vector<Channel> channels;
};

Channel parse_channel(std::string_view word, int joint, const TextReader& reader) {
  const int axis = word.empty() ? -1 : (word[0] | 0x20) - 'x';
  const std::string_view kind = word.substr(1);
  if (axis < 0 || axis > 2 || (kind != "position" && kind != "rotation")) {
    reader.fail("unknown channel \"" + std::string(word) + "\" (expected Xposition ... Zrotation)");
  }
  return {joint, axis, kind == "rotation"};
}

void parse_channels(TextReader& reader, int joint, Hierarchy& h) {
  const int count = reader.next_integer("number of channels", 0, 6);
  for (int i = 0; i < count; ++i) {
    h.channels.push_back(parse_channel(reader.next_word("a channel name"), joint, reader));
  }
}

int add_joint(TextReader& reader, const std::string& name, int parent, Hierarchy& h) {
  if (h.skeleton.names.size() >= kMaxJoints) reader.fail("more than 1000 joints");
  for (const std::string& other : h.skeleton.names) {
    if (other == name)
      reader.fail("joint \"" + name + "\" appears twice: cyclic or broken hierarchy");
  }
  h.skeleton.names.push_back(name);
  h.skeleton.parents.push_back(parent);
  h.skeleton.offsets.emplace_back(0, 0, 0);
  reader.expect("{");
  return static_cast<int>(h.skeleton.names.size()) - 1;
}

void parse_offset(TextReader& reader, int joint, Hierarchy& h) {
  for (int i = 0; i < 3; ++i) h.skeleton.offsets[joint][i] = reader.next_number("OFFSET");
}

// A joint's body up to its closing brace, with all its children (an explicit stack: the nesting of
// a hostile file must not overflow ours).
void parse_tree(TextReader& reader, Hierarchy& h) {
  std::vector<int> open;
  reader.expect("ROOT");
  open.push_back(add_joint(reader, std::string(reader.next_word("the root's name")), -1, h));
  while (!open.empty()) {
    const int joint = open.back();
    const std::string_view word = reader.next_word("OFFSET, CHANNELS, JOINT or }");
    if (word == "}") {
      open.pop_back();
    } else if (word == "OFFSET") {
      parse_offset(reader, joint, h);
    } else if (word == "CHANNELS") {
      parse_channels(reader, joint, h);
    } else if (word == "JOINT") {
      open.push_back(add_joint(reader, std::string(reader.next_word("a joint name")), joint, h));
    } else if (word == "End") {
      reader.expect("Site");
      open.push_back(add_joint(
          reader, h.skeleton.names[joint] + " end " + std::to_string(h.skeleton.names.size()),
          joint, h));
    } else {
      reader.fail("unexpected \"" + std::string(word.substr(0, 40)) + "\" in the hierarchy");
    }
    if (open.size() > kMaxDepth)
      reader.fail("more than 200 nested joints: cyclic or broken hierarchy");
  }
}

double parse_frame_time(TextReader& reader) {
  reader.expect("Frame");
  reader.expect("Time:");
  const double time = reader.next_number("Frame Time");
  if (!(time >= 1e-4 && time <= 1.0)) {
    reader.fail("Frame Time must be between 0.0001 and 1 s, found " + std::to_string(time));
  }
  return time;
}

Quaterniond axis_rotation(int axis, double degrees) {
  return Quaterniond(Eigen::AngleAxisd(degrees * kDegree, Vector3d::Unit(axis)));
}

// Forward kinematics in the file's axes and units.
void append_pose(const Hierarchy& h, const std::vector<double>& values, SourceMotion& motion) {
  const std::size_t count = h.skeleton.names.size();
  std::vector<Vector3d> offsets = h.skeleton.offsets;
  std::vector<Quaterniond> local(count, Quaterniond::Identity());
  for (std::size_t i = 0; i < h.channels.size(); ++i) {
    const Channel& c = h.channels[i];
    if (c.rotation) {
      local[c.joint] = local[c.joint] * axis_rotation(c.axis, values[i]);
    } else {
      offsets[c.joint][c.axis] = values[i];
    }
  }
  Eigen::Matrix3Xd positions(3, count);
  for (std::size_t j = 0; j < count; ++j) {
    const int parent = h.skeleton.parents[j];
    if (parent < 0) {
      positions.col(j) = offsets[j];
      continue;
    }
    positions.col(j) = positions.col(parent) + local[parent] * offsets[j];
    local[j] = local[parent] * local[j];
  }
  motion.positions.push_back(std::move(positions));
  motion.rotations.push_back(std::move(local));
}

void parse_motion(TextReader& reader, const Hierarchy& h, SourceMotion& motion) {
  reader.expect("MOTION");
  reader.expect("Frames:");
  const int frames = reader.next_integer("Frames", 2, kMaxFrames);
  motion.fps = 1.0 / parse_frame_time(reader);
  std::vector<double> values(h.channels.size());
  for (int t = 0; t < frames; ++t) {
    if (!reader.next_line()) {
      reader.fail("the header promises " + std::to_string(frames) + " frames, the file has " +
                  std::to_string(t));
    }
    if (reader.words().size() != values.size()) {
      reader.fail("frame " + std::to_string(t + 1) + " has " +
                  std::to_string(reader.words().size()) + " numbers, the hierarchy has " +
                  std::to_string(values.size()) + " channels");
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = reader.number(reader.words()[i], "channel value");
    }
    append_pose(h, values, motion);
  }
  if (!reader.peek().empty()) reader.fail("more frames than the header's Frames says");
}

double raw_leg_length(const SourceMotion& m) {
  double sum = 0;
  for (const std::string side : {"left_", "right_"}) {
    const Vector3d knee = m.at(0, side + "knee");
    sum += (m.at(0, side + "hip") - knee).norm() + (m.at(0, side + "ankle") - knee).norm();
  }
  return 0.5 * sum;
}

// The vertical is the axis along which the head is above the feet on average.
bool is_z_up(const SourceMotion& m) {
  Vector3d up = Vector3d::Zero();
  for (int t = 0; t < m.frames(); ++t) {
    up += m.at(t, "head") - 0.5 * (m.at(t, "left_ankle") + m.at(t, "right_ankle"));
  }
  return std::abs(up.z()) > std::abs(up.y());
}

// To metres and z up. A y-up file counts as facing +z at zero heading, a z-up one as facing -y.
void convert(SourceMotion& m, double metres) {
  Eigen::Matrix3d axes;
  if (is_z_up(m)) {
    axes << 0, -1, 0, 1, 0, 0, 0, 0, 1;
  } else {
    axes << 0, 0, 1, 1, 0, 0, 0, 1, 0;
  }
  const Quaterniond turn(axes);
  for (auto& positions : m.positions) positions = (metres * axes * positions).eval();
  for (auto& rotations : m.rotations) {
    for (auto& q : rotations) q = turn * q * turn.conjugate();
  }
}

}  // namespace

SourceMotion read_bvh(std::string_view text, const std::string& file, const std::string& unit) {
  TextReader reader(text, file);
  reader.expect("HIERARCHY");
  Hierarchy hierarchy;
  parse_tree(reader, hierarchy);
  SourceMotion motion;
  motion.format = "bvh";
  motion.joints = hierarchy.skeleton.names;
  assign_roles(hierarchy.skeleton, file, motion);
  parse_motion(reader, hierarchy, motion);
  convert(motion, unit_to_metres(unit, raw_leg_length(motion), file));
  return motion;
}

}  // namespace foresight
