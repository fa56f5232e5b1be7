// NumPy archives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/export/recorded_motion.h"

namespace foresight {

/// An array in row-major order: 8-byte floats or, for names, texts.
struct NpzArray {
  std::vector<std::size_t> shape;
  std::vector<double> values;
  std::vector<std::string> texts;  // one-dimensional; `values` is empty then
};
using NpzArrays = std::map<std::string, NpzArray>;

/// A ZIP file of .npy files without compression: what numpy.savez writes. Numbers are float32 where
/// `single` says so.
std::string npz_bytes(const NpzArrays& arrays, bool single = false);

/// Numbers and texts of an archive, compressed or not. Throws InputError with `name` for anything
/// that is not a sane archive.
NpzArrays read_npz(std::string_view bytes, const std::string& name);

/// Keys fps, joint_pos, joint_vel, body_pos_w, body_quat_w (wxyz), body_lin_vel_w, body_ang_vel_w,
/// joint_names, body_names: the layout of whole_body_tracking. Velocities are those of the body's
/// frame, in world axes.
NpzArrays npz_tracking(const CharacterMotion& motion);

/// Keys poses (frames, 3 x bodies; rotation vectors relative to the parent, zero pose = standing
/// with the arms down), trans, mocap_framerate, gender, betas, joint_names: the layout of AMASS,
/// with our bodies.
NpzArrays npz_amass(const CharacterMotion& motion);

/// Keys fps, time, qpos, qvel, ctrl of the whole scene, for MuJoCo in Python.
NpzArrays npz_mujoco(const SceneMotion& motion);

}  // namespace foresight
