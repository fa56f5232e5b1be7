#include "sim/export/reimport.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/base/error.h"
#include "sim/export/euler.h"
#include "sim/export/npz.h"
#include "sim/export/skeleton.h"
#include "sim/motion/importers.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

Clip empty_clip(const Character& character, const std::string& file, double fps) {
  Clip clip;
  clip.name = fs::path(file).stem().string();
  clip.source = fs::path(file).filename().string();
  clip.licence = clip.category = "unknown";
  clip.split = "train";
  clip.character = character.fingerprint;
  clip.fps = fps;
  return clip;
}

Vector3d axis_of(const mjModel& m, int joint) {
  return Eigen::Map<const Vector3d>(m.jnt_axis + 3 * joint);
}

// Angles of a body's hinges from its rotation relative to the parent, near those in `qpos`.
void set_hinges(const mjModel& m, int body, const Quaterniond& local, double* qpos) {
  const int first = m.body_jntadr[body], count = m.body_jntnum[body];
  double* angles = qpos + m.jnt_qposadr[first];
  if (count == 1) {
    angles[0] = 2 * std::atan2(local.vec().dot(axis_of(m, first)), local.w());
    angles[0] = std::remainder(angles[0], 2 * mjPI);
  } else if (count == 3) {
    Eigen::Matrix3d axes;
    for (int i = 0; i < 3; ++i) axes.col(i) = axis_of(m, first + i);
    Eigen::Map<Vector3d> triple(angles);
    triple = angles_about(local.toRotationMatrix(), axes, Vector3d(triple));
  }
}

// Row-major (frames, width) part of an archive; every frame checked.
const NpzArray& table(const NpzArrays& arrays, const std::string& key, const std::string& file) {
  const auto found = arrays.find(key);
  if (found == arrays.end()) throw InputError(file + ": has no array \"" + key + "\"");
  const NpzArray& a = found->second;
  const bool finite =
      std::all_of(a.values.begin(), a.values.end(), [](double v) { return std::isfinite(v); });
  if (a.values.empty() || !finite) {
    throw InputError(file + ": array \"" + key + "\" is empty or not finite");
  }
  return a;
}

void require_shape(const NpzArray& array, std::size_t frames, std::size_t per_frame,
                   const std::string& key, const std::string& file) {
  if (array.shape.empty() || array.shape[0] != frames ||
      array.values.size() != frames * per_frame) {
    throw InputError(file + ": array \"" + key + "\" does not fit the character: expected " +
                     std::to_string(frames) + " frames of " + std::to_string(per_frame));
  }
}

double rate_of(const NpzArrays& arrays, const std::string& file) {
  const double fps = table(arrays, "fps", file).values[0];
  if (!(fps > 0 && fps <= 10000)) throw InputError(file + ": \"fps\" is out of range");
  return fps;
}

std::vector<double> parse_row(std::string_view line, int number, const std::string& file) {
  std::vector<double> row;
  const char* at = line.data();
  const char* end = line.data() + line.size();
  while (at < end) {
    double value = 0;
    const auto result = std::from_chars(at, end, value);
    if (result.ec != std::errc() || !std::isfinite(value) ||
        (result.ptr < end && *result.ptr != ',')) {
      throw InputError(file + ": line " + std::to_string(number) + ": not a list of numbers");
    }
    row.push_back(value);
    at = result.ptr + 1;
  }
  return row;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void check_header(const Character& c, std::string_view line, const std::string& file) {
  std::string expected = "time_s,root_x,root_y,root_z,root_qw,root_qx,root_qy,root_qz";
  for (const std::string& joint : c.joint_names) expected += "," + joint;
  if (line != expected) {
    throw InputError(file + ": line 1: expected the columns \"" + expected.substr(0, 60) + "...\"");
  }
}

}  // namespace

Clip clip_from_bvh(const Character& character, std::string_view text, const std::string& file,
                   const std::string& unit) {
  const SourceMotion source = read_bvh(text, file, unit);
  const std::vector<SkeletonJoint> skeleton = skeleton_of(character);
  std::vector<int> joints;
  for (const SkeletonJoint& bone : skeleton) {
    const auto found = std::find(source.joints.begin(), source.joints.end(), bone.name);
    if (found == source.joints.end()) {
      throw InputError(file + ": has no joint \"" + bone.name +
                       "\"; use foresight import for other skeletons");
    }
    joints.push_back(static_cast<int>(found - source.joints.begin()));
  }
  Clip clip = empty_clip(character, file, source.fps);
  clip.qpos.setZero(character.nq, source.frames());
  std::vector<Quaterniond> turns(skeleton.size());
  for (int t = 0; t < source.frames(); ++t) {
    double* qpos = clip.qpos.col(t).data();
    if (t > 0) clip.qpos.col(t) = clip.qpos.col(t - 1);
    for (std::size_t j = 0; j < skeleton.size(); ++j) {
      turns[j] = source.rotations[t][joints[j]] * skeleton[j].rest;
      const int parent = skeleton[j].parent;
      if (parent >= 0) {
        set_hinges(*character.model, skeleton[j].body, turns[parent].conjugate() * turns[j], qpos);
      }
    }
    const Vector3d root = source.positions[t].col(joints[0]);
    std::copy_n(root.data(), 3, qpos);
    quat_to_wxyz(turns[0], qpos + 3);
  }
  return clip;
}

Clip clip_from_csv(const Character& character, std::string_view text, const std::string& file) {
  check_header(character, next_line(text), file);
  std::vector<std::vector<double>> rows;
  for (int number = 2; !text.empty(); ++number) {
    const std::string_view line = next_line(text);
    if (line.empty()) continue;
    rows.push_back(parse_row(line, number, file));
    if (rows.back().size() != static_cast<std::size_t>(character.nq) + 1) {
      throw InputError(file + ": line " + std::to_string(number) + ": expected " +
                       std::to_string(character.nq + 1) + " numbers");
    }
  }
  if (rows.size() < 2) throw InputError(file + ": has fewer than two frames");
  const double seconds = rows.back()[0] - rows[0][0];
  if (!(seconds > 0)) throw InputError(file + ": column time_s does not rise");
  const double fps = static_cast<double>(rows.size() - 1) / seconds;
  // Times have microseconds; nearly whole rates are whole.
  Clip clip =
      empty_clip(character, file, std::abs(fps - std::round(fps)) < 0.01 ? std::round(fps) : fps);
  clip.qpos.resize(character.nq, static_cast<Eigen::Index>(rows.size()));
  for (std::size_t t = 0; t < rows.size(); ++t) {
    std::copy_n(rows[t].data() + 1, character.nq, clip.qpos.col(t).data());
  }
  return clip;
}

Clip clip_from_npz(const Character& c, std::string_view bytes, const std::string& file) {
  const NpzArrays arrays = read_npz(bytes, file);
  Clip clip = empty_clip(c, file, rate_of(arrays, file));
  if (arrays.contains("qpos")) {
    const NpzArray& qpos = table(arrays, "qpos", file);
    require_shape(qpos, qpos.shape[0], c.nq, "qpos", file);
    clip.qpos = Eigen::Map<const Eigen::MatrixXd>(qpos.values.data(), c.nq, qpos.shape[0]);
    return clip;
  }
  const NpzArray& joints = table(arrays, "joint_pos", file);
  const NpzArray& position = table(arrays, "body_pos_w", file);
  const NpzArray& rotation = table(arrays, "body_quat_w", file);
  const std::size_t frames = joints.shape[0], bodies = c.num_bodies();
  require_shape(joints, frames, c.nu, "joint_pos", file);
  require_shape(position, frames, 3 * bodies, "body_pos_w", file);
  require_shape(rotation, frames, 4 * bodies, "body_quat_w", file);
  clip.qpos.resize(c.nq, static_cast<Eigen::Index>(frames));
  for (std::size_t t = 0; t < frames; ++t) {
    double* qpos = clip.qpos.col(t).data();
    std::copy_n(position.values.data() + 3 * bodies * t, 3, qpos);
    std::copy_n(rotation.values.data() + 4 * bodies * t, 4, qpos + 3);
    std::copy_n(joints.values.data() + c.nu * t, c.nu, qpos + 7);
  }
  return clip;
}

}  // namespace foresight
