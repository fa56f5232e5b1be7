// SourceMotion: what every mocap format is read into before it is retargeted onto a character.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <map>
#include <string>
#include <vector>

#include "sim/base/files.h"

namespace foresight {

/// Joint trajectories of a captured person. World frame: metres, z up, right-handed; the person
/// faces +x at zero heading. `roles` says which joint is what; the names are those of
/// Character::retarget: pelvis, chest, head (the joint at the base of the neck), and left_/right_
/// shoulder, elbow, hand (the wrist), hip, knee, ankle, toe (ball of the foot). A format that has
/// only a marker on the skull gives "skull" in place of "head".
struct SourceMotion {
  std::string format;  // "bvh", "amc", "deepmimic", "mjpc"
  double fps = 0;
  bool cycle = false;  // the last frame is the first one of the next cycle
  std::vector<std::string> joints;
  std::vector<Eigen::Matrix3Xd> positions;                 // frames of 3 x joints, m
  std::vector<std::vector<Eigen::Quaterniond>> rotations;  // frames of joints; empty if unknown
  std::map<std::string, int> roles;                        // role -> joint whose position it is
  std::map<std::string, int> segments;  // "head", "left_ankle", ... -> joint with its rotation
  /// Segment rotations are the identity when the person stands upright, feet flat, facing +x.
  bool segments_aligned = false;
  std::vector<std::string> notes;  // what was repaired while reading, for the user

  int frames() const { return static_cast<int>(positions.size()); }
  double seconds() const { return frames() > 1 ? (frames() - 1) / fps : 0.0; }
  /// Position of a role's joint; FS_CHECKs that the role exists.
  Eigen::Vector3d at(int frame, const std::string& role) const;
};

struct ImportOptions {
  std::string unit = "auto";   // length unit of BVH: auto, m, cm, mm, inch, cmu
  fs::path skeleton;           // ASF file for AMC; empty: beside the AMC file
  double cycle_seconds = 6.0;  // cycles are repeated until they are at least this long, s
};

enum class MotionFormat { unknown, bvh, amc, asf, deepmimic, mjpc };

/// Guesses the format from the content.
MotionFormat detect_format(std::string_view text);

/// Reads any supported mocap file: format by content, units, axes, cycles unrolled. Throws
/// InputError with file and line for malformed input.
SourceMotion load_source_motion(const fs::path& file, const ImportOptions& options = {});

/// Repeats a cycle with its travel and turn accumulated until it lasts at least `seconds`. The
/// small mismatch at the seam is spread over the last frames of each cycle.
void unroll_cycle(SourceMotion& motion, double seconds);

/// Mean length of thigh plus shin, m.
double leg_length(const SourceMotion& motion);

/// Metres per length unit of a skeleton whose leg has `raw_leg` units. Throws InputError for an
/// unknown name and, with "auto", when no unit gives a human leg.
double unit_to_metres(const std::string& unit, double raw_leg, const std::string& file);

/// Checks that all roles needed for retargeting exist and that positions are sane.
void check_source_motion(const SourceMotion& motion, const std::string& file);

}  // namespace foresight
