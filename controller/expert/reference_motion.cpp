#include "controller/expert/reference_motion.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

Clip mirrored_copy(const Character& character, const Clip& clip) {
  Clip copy = clip;
  copy.name += "~mirror";
  for (int t = 0; t < clip.frames(); ++t)
    copy.qpos.col(t) = mirror_qpos(character, clip.qpos.col(t));
  return copy;
}

void append_clip(const Character& character, const Clip& clip, int begin, ReferenceMotion& out) {
  if (std::abs(clip.fps - character.control_hz) > 1e-6) {
    throw InputError("clip " + clip.name + " has " + std::to_string(clip.fps) +
                     " frames/s; the character needs " + std::to_string(character.control_hz) +
                     ". Import it again with --fps");
  }
  const bool mirrored = clip.name.ends_with("~mirror");
  out.clips.push_back(
      {clip.name, clip.licence, clip.category, clip.split, begin, clip.frames(), mirrored});
  out.qpos.middleCols(begin, clip.frames()) = clip.qpos;
  out.qvel.middleCols(begin, clip.frames()) = clip_velocities(character, clip);
}

void allocate(const Character& character, int frames, ReferenceMotion& out) {
  out.qpos.resize(character.nq, frames);
  out.qvel.resize(character.nv, frames);
  out.body_position.resize(3 * character.num_bodies(), frames);
  out.body_rotation.resize(4 * character.num_bodies(), frames);
  out.end_position.resize(3 * static_cast<int>(character.end_effectors.size()), frames);
}

void forward_kinematics(const Character& character, ReferenceMotion& out) {
  const mjModel& m = *character.model;
  const DataPtr data(mj_makeData(&m));
  const CharacterIndex index = index_character(character, m, 0);
  const std::vector<int> ends = end_effector_key_points(character);
  for (int f = 0; f < out.frames(); ++f) {
    std::copy_n(out.qpos.col(f).data(), character.nq, data->qpos);
    mj_kinematics(&m, data.get());
    for (int b = 0; b < character.num_bodies(); ++b) {
      std::copy_n(data->xpos + 3 * index.bodies[b], 3, out.body_position.col(f).data() + 3 * b);
      std::copy_n(data->xquat + 4 * index.bodies[b], 4, out.body_rotation.col(f).data() + 4 * b);
    }
    for (std::size_t e = 0; e < ends.size(); ++e) {
      std::copy_n(data->site_xpos + 3 * index.key_sites[ends[e]], 3,
                  out.end_position.col(f).data() + 3 * e);
    }
  }
}

}  // namespace

std::vector<int> end_effector_key_points(const Character& character) {
  const mjModel& m = *character.model;
  std::vector<int> result;
  for (const std::string& body : character.end_effectors) {
    const int body_id = mj_name2id(&m, mjOBJ_BODY, body.c_str());
    const auto found = std::find_if(
        character.key_points.begin(), character.key_points.end(), [&](const std::string& site) {
          return m.site_bodyid[mj_name2id(&m, mjOBJ_SITE, site.c_str())] == body_id;
        });
    if (found == character.key_points.end()) {
      throw InputError(character.file.string() + ": end effector \"" + body +
                       "\" has no key point on it");
    }
    result.push_back(static_cast<int>(found - character.key_points.begin()));
  }
  return result;
}

ReferenceMotion build_reference(const Character& character, const std::vector<Clip>& clips,
                                bool mirrored, double velocity_lead) {
  int frames = 0;
  for (const Clip& clip : clips) frames += clip.frames() * (mirrored ? 2 : 1);
  ReferenceMotion out;
  allocate(character, frames, out);
  int begin = 0;
  for (const Clip& clip : clips) {
    append_clip(character, clip, begin, out);
    begin += clip.frames();
    if (!mirrored) continue;
    append_clip(character, mirrored_copy(character, clip), begin, out);
    begin += clip.frames();
  }
  forward_kinematics(character, out);
  const Eigen::VectorXd lag = character.kv.cwiseQuotient(character.kp);
  out.target = out.qpos.bottomRows(character.nu) +
               velocity_lead * lag.asDiagonal() * out.qvel.bottomRows(character.nu);
  return out;
}

}  // namespace foresight
