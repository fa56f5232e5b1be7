#include "sim/export/recorded_motion.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/recording/replay.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using Eigen::VectorXd;

std::vector<int> chosen_segments(const RecordingReader& reader, int segment) {
  const int count = static_cast<int>(reader.segments().size());
  std::vector<int> chosen;
  for (int s = 0; s < count; ++s) {
    if ((segment < 0 || s == segment) && reader.segments()[s].steps > 0) chosen.push_back(s);
  }
  if (!chosen.empty()) return chosen;
  throw InputError(reader.name() + ": has no steps" +
                   (segment < 0 ? ""
                                : " in segment " + std::to_string(segment) + " (it has " +
                                      std::to_string(count) + " segments)"));
}

void append_segment(RecordingReader& reader, const World& world, int which, int segment, int column,
                    CharacterMotion& motion) {
  if (which < 0 || which >= world.num_characters()) {
    throw InputError(reader.name() + ": segment " + std::to_string(segment) + " has no character " +
                     std::to_string(which));
  }
  const RecordedSegment& s = reader.segments()[segment];
  for (std::int64_t n = 0; n < s.steps; ++n, ++column) {
    const RecordedStep& step = reader.step(s.first + n);
    if (static_cast<int>(step.qpos.size()) != world.model().nq ||
        static_cast<int>(step.qvel.size()) != world.model().nv) {
      throw InputError(reader.name() + ": a step does not fit its scene");
    }
    motion.qpos.col(column) = Eigen::Map<const VectorXd>(step.qpos.data() + world.index(which).qpos,
                                                         motion.character->nq);
    motion.qvel.col(column) = Eigen::Map<const VectorXd>(step.qvel.data() + world.index(which).qvel,
                                                         motion.character->nv);
  }
}

// The part of a saved state that simulation does not change: inputs from outside.
void read_inputs(const mjModel& m, const std::vector<double>& state, int t, SceneMotion& motion) {
  mj_extractState(&m, state.data(), mjSTATE_INTEGRATION, motion.ctrl.col(t).data(), mjSTATE_CTRL);
  if (m.nmocap > 0) {
    mj_extractState(&m, state.data(), mjSTATE_INTEGRATION, motion.mocap.col(t).data(),
                    mjSTATE_MOCAP_POS);
  }
}

}  // namespace

CharacterMotion character_motion(RecordingReader& reader,
                                 std::shared_ptr<const Character> character, int which,
                                 int segment) {
  const std::vector<int> segments = chosen_segments(reader, segment);
  CharacterMotion motion{character, reader.control_hz(), {}, {}};
  std::int64_t frames = 0;
  for (const int s : segments) frames += reader.segments()[s].steps;
  motion.qpos.resize(character->nq, frames);
  motion.qvel.resize(character->nv, frames);
  int column = 0;
  for (const int s : segments) {
    append_segment(reader, *segment_world(reader, s, character), which, s, column, motion);
    column += static_cast<int>(reader.segments()[s].steps);
  }
  return motion;
}

CharacterMotion character_motion(const SceneMotion& scene,
                                 std::shared_ptr<const Character> character, int which) {
  const int count = static_cast<int>(scene.model->nu) / character->nu;
  if (which < 0 || which >= count) {
    throw InputError("the scene has no character " + std::to_string(which) + "; it has " +
                     std::to_string(count));
  }
  const CharacterIndex index = index_character(*character, *scene.model, which);
  return {character, scene.fps, scene.qpos.middleRows(index.qpos, character->nq),
          scene.qvel.middleRows(index.qvel, character->nv)};
}

SceneMotion scene_motion(RecordingReader& reader, std::shared_ptr<const Character> character,
                         int segment) {
  const std::vector<int> segments = chosen_segments(reader, segment);
  if (segments.size() > 1) {
    throw InputError(reader.name() + ": has " + std::to_string(segments.size()) +
                     " segments with scenes of their own; choose one with --segment");
  }
  const RecordedSegment& s = reader.segments()[segments[0]];
  const auto world = segment_world(reader, segments[0], character);
  SceneMotion motion;
  motion.model =
      std::shared_ptr<const mjModel>(mj_copyModel(nullptr, &world->model()), ModelDeleter());
  motion.xml = s.start.xml;
  motion.fps = reader.control_hz();
  const mjModel& m = *motion.model;
  motion.qpos.resize(m.nq, s.steps);
  motion.qvel.resize(m.nv, s.steps);
  motion.ctrl.resize(m.nu, s.steps);
  motion.mocap.resize(3 * m.nmocap, s.steps);
  motion.time.resize(s.steps);
  std::vector<double> state = s.start.state;
  for (int t = 0; t < s.steps; ++t) {
    const RecordedStep& step = reader.step(s.first + t);
    for (const StateChange& change : step.changes) {
      if (change.index < state.size()) state[change.index] = change.value;
    }
    if (step.qpos.size() != static_cast<std::size_t>(m.nq) ||
        step.qvel.size() != static_cast<std::size_t>(m.nv)) {
      throw InputError(reader.name() + ": a step does not fit its scene");
    }
    motion.qpos.col(t) = Eigen::Map<const VectorXd>(step.qpos.data(), m.nq);
    motion.qvel.col(t) = Eigen::Map<const VectorXd>(step.qvel.data(), m.nv);
    motion.time[t] = (t + 1) / motion.fps;
    read_inputs(m, state, t, motion);
  }
  return motion;
}

CharacterMotion resampled(const CharacterMotion& motion, double fps) {
  if (!(fps > 0 && fps <= 1000)) throw InputError("--fps: expected more than 0 and at most 1000");
  if (fps == motion.fps) return motion;
  const int last = motion.frames() - 1;
  const int frames = static_cast<int>(std::floor(last / motion.fps * fps + 1e-9)) + 1;
  CharacterMotion out{motion.character, fps, {}, {}};
  out.qpos.resize(motion.qpos.rows(), frames);
  out.qvel.resize(motion.qvel.rows(), frames);
  for (int t = 0; t < frames; ++t) {
    const double at = std::min(t * motion.fps / fps, static_cast<double>(last));
    const int a = static_cast<int>(at), b = std::min(a + 1, last);
    const double w = at - a;
    out.qpos.col(t) = (1 - w) * motion.qpos.col(a) + w * motion.qpos.col(b);
    out.qvel.col(t) = (1 - w) * motion.qvel.col(a) + w * motion.qvel.col(b);
    const Quaterniond q = quat_from_wxyz(motion.qpos.col(a).data() + 3)
                              .slerp(w, quat_from_wxyz(motion.qpos.col(b).data() + 3));
    quat_to_wxyz(q, out.qpos.col(t).data() + 3);
  }
  return out;
}

void show_frame(const SceneMotion& motion, int t, mjData& data) {
  const mjModel& m = *motion.model;
  std::copy_n(motion.qpos.col(t).data(), m.nq, data.qpos);
  std::copy_n(motion.qvel.col(t).data(), m.nv, data.qvel);
  std::copy_n(motion.mocap.col(t).data(), 3 * m.nmocap, data.mocap_pos);
  mj_kinematics(&m, &data);
}

BodyPoses body_poses(const SceneMotion& motion) {
  const mjModel& m = *motion.model;
  const DataPtr data(mj_makeData(&m));
  BodyPoses poses;
  poses.position.resize(3 * m.nbody, motion.frames());
  poses.rotation.resize(4 * m.nbody, motion.frames());
  for (int t = 0; t < motion.frames(); ++t) {
    show_frame(motion, t, *data);
    std::copy_n(data->xpos, 3 * m.nbody, poses.position.col(t).data());
    std::copy_n(data->xquat, 4 * m.nbody, poses.rotation.col(t).data());
  }
  return poses;
}

}  // namespace foresight
