// Tiny motions made by hand for the tests; no mocap data is needed.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sim/character.h"
#include "sim/motion/clip.h"
#include "sim/motion/source_motion.h"
#include "tests/test_folder.h"

namespace foresight::fixtures {

struct BvhJoint {
  const char* name;
  const char* parent;
  double x, y, z;
};

/// 20 joints, centimetres, y up, facing +z; the leg is 83 long.
inline const std::vector<BvhJoint>& bvh_joints() {
  static const std::vector<BvhJoint> joints = {
      {"Hips", "", 0, 0, 0},
      {"Spine", "Hips", 0, 24, 0},
      {"Neck", "Spine", 0, 22, 0},
      {"Head", "Neck", 0, 10, 0},
      {"LeftShoulder", "Spine", 3, 22, 0},
      {"LeftArm", "LeftShoulder", 15, 0, 0},
      {"LeftForeArm", "LeftArm", 0, -27, 0},
      {"LeftHand", "LeftForeArm", 0, -26, 0},
      {"RightShoulder", "Spine", -3, 22, 0},
      {"RightArm", "RightShoulder", -15, 0, 0},
      {"RightForeArm", "RightArm", 0, -27, 0},
      {"RightHand", "RightForeArm", 0, -26, 0},
      {"LeftUpLeg", "Hips", 9, 0, 0},
      {"LeftLeg", "LeftUpLeg", 0, -42, 0},
      {"LeftFoot", "LeftLeg", 0, -41, 0},
      {"LeftToeBase", "LeftFoot", 0, -4, 13},
      {"RightUpLeg", "Hips", -9, 0, 0},
      {"RightLeg", "RightUpLeg", 0, -42, 0},
      {"RightFoot", "RightLeg", 0, -41, 0},
      {"RightToeBase", "RightFoot", 0, -4, 13},
  };
  return joints;
}

inline void bvh_node(const BvhJoint& joint, double unit, std::ostream& out) {
  const bool root = std::string(joint.parent).empty();
  out << (root ? "ROOT " : "JOINT ") << joint.name << "\r\n{\r\nOFFSET " << unit * joint.x << " "
      << unit * joint.y << " " << unit * joint.z << "\r\nCHANNELS "
      << (root ? "6 Xposition Yposition Zposition " : "3 ") << "Zrotation Xrotation Yrotation\r\n";
  bool leaf = true;
  for (const BvhJoint& child : bvh_joints()) {
    if (std::string(child.parent) != joint.name) continue;
    bvh_node(child, unit, out);
    leaf = false;
  }
  if (leaf) out << "End Site\r\n{\r\nOFFSET 0 0 0\r\n}\r\n";
  out << "}\r\n";
}

/// Values by "Joint.Xrotation"; everything else is zero.
using BvhFrame = std::map<std::string, double>;

inline void bvh_values(const std::string& name, const BvhFrame& frame, std::ostream& out) {
  const auto value = [&](const std::string& channel) {
    const auto found = frame.find(name + "." + channel);
    return found == frame.end() ? 0.0 : found->second;
  };
  if (name == "Hips") {
    for (const char* c : {"Xposition", "Yposition", "Zposition"}) out << value(c) << " ";
  }
  for (const char* c : {"Zrotation", "Xrotation", "Yrotation"}) out << value(c) << " ";
  for (const BvhJoint& child : bvh_joints()) {
    if (name == child.parent) bvh_values(child.name, frame, out);
  }
}

/// A BVH file with CR LF line ends. `unit` scales the offsets (not the channels).
inline std::string bvh_text(const std::vector<BvhFrame>& frames, double unit = 1.0) {
  std::ostringstream out;
  out << "HIERARCHY\r\n";
  bvh_node(bvh_joints()[0], unit, out);
  out << "MOTION\r\nFrames: " << frames.size() << "\r\nFrame Time: 0.01\r\n";
  for (const BvhFrame& frame : frames) {
    bvh_values("Hips", frame, out);
    out << "\r\n";
  }
  return out.str();
}

/// A minimal ASF with the bones that importing needs; lengths in units of 0.0254 / 0.45 m.
inline std::string asf_text() {
  struct Bone {
    const char* name;
    const char* direction;
    double length;
    const char* axis;
    const char* dof;
  };
  const std::vector<Bone> bones = {
      {"hipjoint", "0.6 -0.8 0", 2.5, "0 0 0", ""},
      {"femur", "0.34202014332566873 -0.93969262078590838 0", 7.5, "0 0 20", "rx ry rz"},
      {"tibia", "0.34202014332566873 -0.93969262078590838 0", 7.5, "0 0 20", "rx"},
      {"foot", "0 -0.2 0.98", 2.2, "0 0 0", "rx rz"},
      {"clavicle", "0.9 0.4 0", 3.4, "0 0 0", "ry rz"},
      {"humerus", "1 0 0", 5.5, "0 0 0", "rx ry rz"},
      {"radius", "1 0 0", 3.6, "0 0 0", "rx"}};
  std::ostringstream out;
  out << ":version 1.10\n:units\n mass 1.0\n length 0.45\n angle deg\n:root\n"
         " order TX TY TZ RX RY RZ\n axis XYZ\n position 0 0 0\n orientation 0 0 0\n:bonedata\n";
  const auto bone = [&](const std::string& name, const std::string& direction, double length,
                        const std::string& axis, const std::string& dof) {
    out << " begin\n  id 1\n  name " << name << "\n  direction " << direction << "\n  length "
        << length << "\n  axis " << axis << " XYZ\n";
    if (!dof.empty()) out << "  dof " << dof << "\n  limits (-160.0 20.0)\n";
    out << " end\n";
  };
  for (const Bone& b : bones) {
    std::string mirrored = b.direction, axis = b.axis;
    mirrored = mirrored.substr(0, 1) == "0" && mirrored[1] == ' ' ? mirrored : "-" + mirrored;
    if (axis == "0 0 20") axis = "0 0 -20";
    bone(std::string("l") + b.name, b.direction, b.length, b.axis, b.dof);
    bone(std::string("r") + b.name, mirrored, b.length, axis, b.dof);
  }
  bone("lowerback", "0 1 0", 2, "0 0 0", "rx ry rz");
  bone("thorax", "0 1 0", 4, "0 0 0", "rx ry rz");
  bone("head", "0 1 0", 3, "0 0 0", "rx ry rz");
  out << ":hierarchy\n begin\n  root lhipjoint rhipjoint lowerback\n  lowerback thorax\n"
         "  thorax head lclavicle rclavicle\n";
  for (const std::string s : {"l", "r"}) {
    out << "  " << s << "hipjoint " << s << "femur\n  " << s << "femur " << s << "tibia\n  " << s
        << "tibia " << s << "foot\n  " << s << "clavicle " << s << "humerus\n  " << s << "humerus "
        << s << "radius\n";
  }
  out << " end\n";
  return out.str();
}

/// An identity pose for DeepMimic: 44 numbers.
inline std::vector<double> deepmimic_frame() {
  std::vector<double> frame(44, 0.0);
  frame[0] = 0.05;
  for (const int start : {4, 8, 12, 16, 21, 25, 30, 35, 39}) frame[start] = 1.0;
  return frame;
}

inline std::string deepmimic_text(const std::vector<std::vector<double>>& frames,
                                  const std::string& loop = "none") {
  std::ostringstream out;
  out.precision(12);
  out << "{\"Loop\": \"" << loop << "\", \"Frames\": [\n";
  for (std::size_t t = 0; t < frames.size(); ++t) {
    out << (t ? ",\n[" : "[");
    for (std::size_t i = 0; i < frames[t].size(); ++i) out << (i ? ", " : "") << frames[t][i];
    out << "]";
  }
  out << "\n]}\n";
  return out.str();
}

/// A walker on straight legs' knees bent in the sagittal plane: hips 0.78 m high at 0.8 m/s along
/// +x, feet that stand still for half a second and swing for half a second. Character-sized.
inline SourceMotion walking_source(double seconds, double fps, double size = 1.0) {
  SourceMotion m;
  m.format = "test";
  m.fps = fps;
  const std::vector<std::string> sides = {"left_", "right_"};
  m.joints = {"chest", "head"};
  for (const std::string& side : sides) {
    for (const char* limb : {"shoulder", "elbow", "hand", "hip", "knee", "ankle", "toe"}) {
      m.joints.push_back(side + limb);
    }
  }
  for (std::size_t j = 0; j < m.joints.size(); ++j) m.roles[m.joints[j]] = static_cast<int>(j);
  const double speed = 0.8, thigh = 0.4215, shin = 0.4099;
  for (int k = 0; k <= static_cast<int>(seconds * fps); ++k) {
    const double t = k / fps, x = speed * t;
    Eigen::Matrix3Xd p(3, m.joints.size());
    const auto set = [&](const std::string& role, double a, double b, double c) {
      p.col(m.roles.at(role)) = size * Eigen::Vector3d(a, b, c);
    };
    set("chest", x, 0, 1.0162);
    set("head", x, 0, 1.2401);
    for (int s = 0; s < 2; ++s) {
      const std::string& side = sides[s];
      const double y = s == 0 ? 1.0 : -1.0;
      const double phase = t + 0.5 * s;
      const double cycle = std::floor(phase), u = phase - cycle;
      // Stance in the first half of the cycle, then a swing over two steps' length.
      const double swing = u < 0.5 ? 0.0 : 0.5 - 0.5 * std::cos(2 * M_PI * (u - 0.5));
      const double foot = speed * (cycle - 0.5 * s + 0.25 + swing);
      const double lift = u < 0.5 ? 0.0 : 0.1 * std::sin(2 * M_PI * (u - 0.5));
      const Eigen::Vector2d hip(x, 0.78), ankle(foot, 0.05 + lift), leg = ankle - hip;
      const double length = std::min(leg.norm(), thigh + shin - 1e-4);
      const double along = (thigh * thigh - shin * shin + length * length) / (2 * length);
      const double out = std::sqrt(std::max(0.0, thigh * thigh - along * along));
      const Eigen::Vector2d axis = leg.normalized(), forward(-axis.y(), axis.x());
      const Eigen::Vector2d knee = hip + along * axis + out * forward;
      set(side + "hip", hip.x(), 0.0849 * y, hip.y());
      set(side + "knee", knee.x(), 0.0849 * y, knee.y());
      set(side + "ankle", ankle.x(), 0.0849 * y, ankle.y());
      set(side + "toe", ankle.x() + 0.13, 0.0849 * y, ankle.y() - 0.04);
      set(side + "shoulder", x - 0.024, 0.1831 * y, 1.2597);
      set(side + "elbow", x - 0.024, 0.1831 * y, 0.9849);
      set(side + "hand", x + 0.10, 0.1831 * y, 0.7577);
    }
    m.positions.push_back(p);
  }
  return m;
}

}  // namespace foresight::fixtures
