// Clip: kinematic motion of a character at a fixed rate, and the source motion it came from.
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <string>
#include <vector>

#include "sim/character.h"

namespace foresight {

/// Motion of a character. Column t of `qpos` is the pose at t / fps (layout of Character: m, wxyz,
/// rad). Joint angles are continuous in time; the quaternion's sign is continuous too.
struct Clip {
  std::string name;       // "folder/file_stem", mirrored copies end in "~mirror"
  std::string source;     // "folder/file" it was imported from
  std::string licence;    // short name: "MIT", "CMU", "Apache-2.0", "CC-BY-NC-4.0", "unknown"
  std::string category;   // "locomotion", "jump", "other", "unknown"
  std::string split;      // "train", "heldout"
  std::string character;  // fingerprint of the character
  double fps = 30;
  bool loop = false;
  Eigen::MatrixXd qpos;  // nq x frames

  int frames() const { return static_cast<int>(qpos.cols()); }
  double seconds() const { return frames() > 1 ? (frames() - 1) / fps : 0.0; }
};

/// Generalised velocity (nv, layout of Character) of every frame by central differences; the
/// rotational part uses the quaternion logarithm in the body frame.
Eigen::MatrixXd clip_velocities(const Character& character, const Clip& clip);

/// A clip set: `DIR/NAME.clip` files, zstd-compressed, each with a JSON head and a checksum.
void save_clip(const fs::path& file, const Clip& clip);
Clip load_clip(const fs::path& file);
/// All *.clip files below `dir` in name order. Throws InputError when there is none or when one was
/// made for another character.
std::vector<Clip> load_clips(const Character& character, const fs::path& dir);

}  // namespace foresight
