#include "sim/motion/source_motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "sim/base/error.h"
#include "sim/motion/blend.h"
#include "sim/motion/importers.h"
#include "sim/motion/text_reader.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr std::array kLimbs = {"shoulder", "elbow", "hand", "hip", "knee", "ankle"};
constexpr double kMinLeg = 0.55, kMaxLeg = 1.3;  // m, from a child of 7 to a very tall adult
constexpr double kMaxSpeed = 15;                 // m/s on average: nobody runs that fast

struct Unit {
  const char* name;
  double metres;
};
// "cmu" is the unit of the CMU database, inches / 0.45. In order of preference, since the
// ranges of inches and centimetres do not overlap with the others for a human leg.
constexpr std::array<Unit, 5> kUnits = {
    {{"m", 1.0}, {"cm", 0.01}, {"mm", 0.001}, {"inch", 0.0254}, {"cmu", 0.0254 / 0.45}}};

// The planar pose (heading and horizontal place) of the pelvis, from the hips alone.
Eigen::Isometry3d planar_pose(const SourceMotion& m, int frame) {
  const Vector3d left = m.at(frame, "left_hip"), right = m.at(frame, "right_hip");
  const Vector3d across = left - right;
  Vector3d middle = 0.5 * (left + right);
  middle.z() = 0;
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = quat_from_yaw(std::atan2(-across.x(), across.y())).toRotationMatrix();
  pose.translation() = middle;
  return pose;
}

// Bends the end of a cycle onto the start of the next one, given the step from one to the other.
void close_seam(SourceMotion& m, const Eigen::Isometry3d& step) {
  const int last = m.frames() - 1;
  const int width = std::min(last, std::max(2, static_cast<int>(0.15 * m.fps)));
  const Eigen::Matrix3Xd gap = (step * m.positions[0].colwise().homogeneous()) - m.positions[last];
  std::vector<Vector3d> twist;
  for (std::size_t j = 0; !m.rotations.empty() && j < m.joints.size(); ++j) {
    const Quaterniond next = Quaterniond(step.linear()) * m.rotations[0][j];
    twist.push_back(rotvec_of(next * m.rotations[last][j].conjugate()));
  }
  for (int k = 0; k < width; ++k) {
    const double blend = smoothstep(1.0 - static_cast<double>(k) / width);
    m.positions[last - k] += blend * gap;
    for (std::size_t j = 0; j < twist.size(); ++j) {
      Quaterniond& q = m.rotations[last - k][j];
      q = quat_from_rotvec(blend * twist[j]) * q;
    }
  }
}

std::string find_skeleton(const fs::path& amc) {
  const std::string stem = amc.stem().string();
  const fs::path folder = amc.parent_path();
  for (std::size_t cut = stem.size(); cut != std::string::npos && cut > 0;
       cut = stem.rfind('_', cut - 1)) {
    const fs::path candidate = folder / (stem.substr(0, cut) + ".asf");
    if (fs::exists(candidate)) return candidate.string();
  }
  throw InputError(amc.string() + ": no ASF skeleton beside it (looked for " + stem + ".asf and " +
                   "its prefix up to an underscore); name one with --skeleton");
}

SourceMotion read_any(const std::string& text, const fs::path& file, const ImportOptions& options) {
  const std::string name = file.string();
  switch (detect_format(text)) {
    case MotionFormat::bvh:
      return read_bvh(text, name, options.unit);
    case MotionFormat::amc: {
      const std::string skeleton =
          options.skeleton.empty() ? find_skeleton(file) : options.skeleton.string();
      const std::string asf = read_file(skeleton, std::size_t{1} << 24);
      require_utf8(asf, skeleton);
      return read_amc(text, name, asf, skeleton);
    }
    case MotionFormat::deepmimic:
      return read_deepmimic(text, name);
    case MotionFormat::mjpc:
      return read_mjpc(text, name);
    case MotionFormat::asf:
      throw InputError(name + ": an ASF skeleton has no motion; import the AMC files beside it");
    case MotionFormat::unknown:
      break;
  }
  throw InputError(name +
                   ": not a motion file of a known format (BVH, AMC, DeepMimic JSON, MJPC "
                   "keyframes XML), judged by its content");
}

// Bones may be of one size whatever the unit of places is (DeepMimic): then speed tells.
void check_speed(const SourceMotion& m, const std::string& file) {
  double path = 0;
  for (int t = 1; t < m.frames(); ++t) {
    path += (m.at(t, "left_hip") - m.at(t - 1, "left_hip")).norm();
  }
  const double speed = path / m.seconds();
  if (speed <= kMaxSpeed) return;
  throw InputError(file + ": the person moves at " + std::to_string(speed) +
                   " m/s on average; the length unit of the root's place or the frame time is "
                   "wrong");
}

}  // namespace

Eigen::Vector3d SourceMotion::at(int frame, const std::string& role) const {
  const auto found = roles.find(role);
  FS_CHECK(found != roles.end());
  return positions[frame].col(found->second);
}

MotionFormat detect_format(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return MotionFormat::unknown;
  text.remove_prefix(start);
  const auto has = [&](std::string_view word) { return text.find(word) != text.npos; };
  if (text.starts_with("HIERARCHY")) return MotionFormat::bvh;
  if (text.front() == '{')
    return has("\"Frames\"") ? MotionFormat::deepmimic : MotionFormat::unknown;
  if (text.front() == '<') {
    return has("<key") && has("mpos") ? MotionFormat::mjpc : MotionFormat::unknown;
  }
  const std::string_view head = text.substr(0, 4096);
  if (head.find(":version") != head.npos || head.find(":bonedata") != head.npos) {
    return MotionFormat::asf;
  }
  if (head.find(":FULLY-SPECIFIED") != head.npos || head.find(":DEGREES") != head.npos) {
    return MotionFormat::amc;
  }
  return MotionFormat::unknown;
}

SourceMotion load_source_motion(const fs::path& file, const ImportOptions& options) {
  std::string text = read_file(file, std::size_t{1} << 29);
  const std::string name = file.string();
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (text.starts_with("version https://git-lfs")) {
    throw InputError(name + ": is a Git LFS pointer, not the file itself; run git lfs pull");
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) throw InputError(name + ": is empty");
  require_utf8(text, name);
  SourceMotion motion = read_any(text, file, options);
  check_source_motion(motion, name);
  if (motion.cycle) unroll_cycle(motion, options.cycle_seconds);
  return motion;
}

void unroll_cycle(SourceMotion& m, double seconds) {
  if (m.frames() < 3) return;
  const Eigen::Isometry3d step = planar_pose(m, m.frames() - 1) * planar_pose(m, 0).inverse();
  close_seam(m, step);
  const int period = m.frames() - 1;
  const int copies = std::max(1, static_cast<int>(std::ceil(seconds * m.fps / period)));
  Eigen::Isometry3d place = step;
  for (int c = 1; c < copies; ++c, place = place * step) {
    const Quaterniond turn(place.linear());
    for (int t = 1; t <= period; ++t) {
      m.positions.emplace_back(place * m.positions[t].colwise().homogeneous());
      if (m.rotations.empty()) continue;
      auto& rotations = m.rotations.emplace_back(m.rotations[t]);
      for (auto& q : rotations) q = turn * q;
    }
  }
}

double leg_length(const SourceMotion& m) {
  double sum = 0;
  const int stride = std::max(1, m.frames() / 200);
  int count = 0;
  for (int t = 0; t < m.frames(); t += stride, ++count) {
    for (const std::string side : {"left_", "right_"}) {
      const Vector3d knee = m.at(t, side + "knee");
      sum +=
          0.5 * ((m.at(t, side + "hip") - knee).norm() + (m.at(t, side + "ankle") - knee).norm());
    }
  }
  return sum / std::max(count, 1);
}

double unit_to_metres(const std::string& unit, double raw_leg, const std::string& file) {
  for (const Unit& u : kUnits) {
    const double leg = raw_leg * u.metres;
    if (unit == u.name) {
      if (leg > kMinLeg && leg < kMaxLeg) return u.metres;
      throw InputError(file + ": with --unit " + unit + " the leg would be " + std::to_string(leg) +
                       " m long; choose another unit");
    }
    if (unit == "auto" && leg > kMinLeg && leg < kMaxLeg) return u.metres;
  }
  if (unit != "auto") {
    throw InputError("unknown length unit \"" + unit + "\": use auto, m, cm, mm, inch or cmu");
  }
  throw InputError(file + ": cannot tell the length unit: the leg (hip to ankle) is " +
                   std::to_string(raw_leg) + " units long; name the unit with --unit");
}

void check_source_motion(const SourceMotion& m, const std::string& file) {
  if (m.frames() < 2) throw InputError(file + ": needs at least 2 frames of motion");
  for (const std::string side : {"left_", "right_"}) {
    for (const std::string limb : kLimbs) {
      if (!m.roles.contains(side + limb)) {
        throw InputError(file + ": found no joint for \"" + side + limb + "\" in the skeleton");
      }
    }
  }
  if (!m.roles.contains("head") && !m.roles.contains("skull")) {
    throw InputError(file + ": found no joint for \"head\" in the skeleton");
  }
  for (int t = 0; t < m.frames(); ++t) {
    if (!m.positions[t].allFinite() || m.positions[t].cwiseAbs().maxCoeff() > 1e4) {
      throw InputError(file + ": frame " + std::to_string(t + 1) +
                       ": a joint is not finite or over 10 km away");
    }
  }
  const double leg = leg_length(m);
  if (leg < kMinLeg || leg > kMaxLeg) {
    throw InputError(file + ": the leg (hip to ankle) is " + std::to_string(leg) +
                     " m long, not a person's; the length unit is wrong");
  }
  check_speed(m, file);
}

}  // namespace foresight
