#include "sim/motion/augment.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "sim/base/error.h"
#include "sim/motion/bend_path.h"
#include "sim/motion/blend.h"
#include "sim/motion/follow_goals.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr std::string_view kMirrorSuffix = "~mirror";

std::string suffix(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// The pose a part u of the way from a to b.
Eigen::VectorXd blend_poses(const Eigen::VectorXd& a, const Eigen::VectorXd& b, double u) {
  Eigen::VectorXd out = (1 - u) * a + u * b;
  quat_to_wxyz(quat_from_wxyz(&a[3]).slerp(u, quat_from_wxyz(&b[3])), &out[3]);
  return out;
}

// Turns a pose about the vertical and moves it: x -> yaw x + shift.
void place(Eigen::Ref<Eigen::VectorXd> qpos, double yaw, const Vector3d& shift) {
  const Quaterniond turn = quat_from_yaw(yaw);
  qpos.head<3>() = (turn * Vector3d(qpos.head<3>()) + shift).eval();
  quat_to_wxyz(turn * quat_from_wxyz(&qpos[3]), &qpos[3]);
}

// Adds those of the words of `more` that are new; "+" stands between words.
void add_words(std::string& list, const std::string& more) {
  std::istringstream words(more);
  for (std::string word; std::getline(words, word, '+');) {
    if (("+" + list + "+").find("+" + word + "+") != std::string::npos) continue;
    list += list.empty() ? word : "+" + word;
  }
}

}  // namespace

Clip cut_clip(const Clip& clip, int first, int count) {
  Clip piece = clip;
  piece.qpos = clip.qpos.middleCols(first, count);
  return piece;
}

void add_credit(Clip& clip, const Clip& from) {
  add_words(clip.source, from.name);
  add_words(clip.licence, from.licence);
}

Clip mirror_clip(const Character& character, const Clip& clip) {
  Clip out = clip;
  if (out.name.ends_with(kMirrorSuffix)) {
    out.name.resize(out.name.size() - kMirrorSuffix.size());
  } else {
    out.name += kMirrorSuffix;
  }
  for (int t = 0; t < clip.frames(); ++t)
    out.qpos.col(t) = mirror_qpos(character, clip.qpos.col(t));
  return out;
}

Clip bend_path(const Character& character, const Clip& clip, double curvature) {
  FS_CHECK(clip.qpos.rows() == character.nq && std::isfinite(curvature));
  Clip out = clip;
  out.name += suffix("~bend%+.2f", curvature);
  out.qpos = bent_poses(character, clip, curvature);
  return out;
}

Clip warp_time(const Character& character, const Clip& clip, double speed) {
  FS_CHECK(clip.qpos.rows() == character.nq);
  if (!(speed >= 0.25 && speed <= 4.0)) throw InputError("warp_time: speed must be 0.25 to 4");
  Clip out = clip;
  out.name += suffix("~speed%.2f", speed);
  const int last = clip.frames() - 1;
  const int frames = static_cast<int>(std::floor(last / speed + 1e-9)) + 1;
  out.qpos.resize(character.nq, frames);
  for (int t = 0; t < frames; ++t) {
    const double at = std::min(t * speed, static_cast<double>(last));
    const int i = std::min(static_cast<int>(at), std::max(last - 1, 0));
    const int j = std::min(i + 1, last);
    out.qpos.col(t) = blend_poses(clip.qpos.col(i), clip.qpos.col(j), at - i);
  }
  continuous_quaternions(out.qpos);
  return out;
}

Clip transition(const Character& character, const Clip& from, const Clip& to, int frames) {
  FS_CHECK(from.qpos.rows() == character.nq && to.qpos.rows() == character.nq);
  if (from.fps != to.fps) throw InputError(to.name + ": transition needs clips of one frame rate");
  if (frames < 1 || frames > from.frames() || frames > to.frames()) {
    throw InputError("transition: the fade of " + std::to_string(frames) +
                     " frames does not fit into " + from.name + " and " + to.name);
  }
  const int begin = from.frames() - frames;
  const auto meet_a = from.qpos.col(begin + frames / 2), meet_b = to.qpos.col(frames / 2);
  const double yaw =
      yaw_of(quat_from_wxyz(meet_a.data() + 3)) - yaw_of(quat_from_wxyz(meet_b.data() + 3));
  Vector3d shift = meet_a.head<3>() - quat_from_yaw(yaw) * Vector3d(meet_b.head<3>());
  shift.z() = 0;
  Clip out = from;
  out.name += "~to~" + to.name;
  out.loop = false;
  out.qpos.conservativeResize(character.nq, begin + to.frames());
  for (int t = 0; t < to.frames(); ++t) {
    Eigen::VectorXd pose = to.qpos.col(t);
    place(pose, yaw, shift);
    if (t < frames) {
      pose = blend_poses(from.qpos.col(begin + t), pose, smoothstep((t + 1.0) / (frames + 1.0)));
    }
    out.qpos.col(begin + t) = pose;
  }
  continuous_quaternions(out.qpos);
  return out;
}

}  // namespace foresight
