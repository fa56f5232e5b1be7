#include "tools/failure_clips.h"

#include <algorithm>

#include "sim/base/error.h"
#include "ui/offscreen/export_recording.h"

namespace foresight {
namespace {

SceneMotion kept_motion(const std::shared_ptr<const Character>& character, const EpisodeResult& e) {
  const World world(character, e.scene);
  const mjModel& m = world.model();
  SceneMotion motion;
  motion.model = std::shared_ptr<const mjModel>(mj_copyModel(nullptr, &m), ModelDeleter());
  motion.xml = scene_xml(*character, e.scene);
  motion.fps = character->control_hz;
  const auto frames = static_cast<Eigen::Index>(e.frames.size());
  motion.qpos.resize(m.nq, frames);
  motion.qvel.resize(m.nv, frames);
  motion.ctrl.resize(m.nu, frames);
  motion.mocap.resize(3 * m.nmocap, frames);
  motion.time.resize(frames);
  for (Eigen::Index t = 0; t < frames; ++t) {
    const WorldFrame& frame = e.frames[t];
    std::copy(frame.qpos.begin(), frame.qpos.end(), motion.qpos.col(t).data());
    std::copy(frame.qvel.begin(), frame.qvel.end(), motion.qvel.col(t).data());
    std::copy(frame.ctrl.begin(), frame.ctrl.end(), motion.ctrl.col(t).data());
    std::copy(frame.mocap.begin(), frame.mocap.end(), motion.mocap.col(t).data());
    motion.time[t] = static_cast<double>(t + 1) / motion.fps;
  }
  return motion;
}

}  // namespace

std::vector<std::string> export_failures(const std::shared_ptr<const Character>& character,
                                         const EvaluationResult& result, int count,
                                         const std::vector<std::string>& formats,
                                         const fs::path& html) {
  if (html.empty()) throw InputError("--clips: give the page that shows them with --html or --out");
  if (html.has_parent_path()) fs::create_directories(html.parent_path());
  std::vector<std::string> films;
  int done = 0;
  for (const EpisodeResult& e : result.episodes) {
    if (done >= count) break;
    if (e.success || e.frames.empty()) continue;
    ++done;
    const SceneMotion motion = kept_motion(character, e);
    for (const std::string& format : formats) {
      ExportOptions what;
      what.format = format;
      what.out = html.parent_path() /
                 (html.stem().string() + "-failure-" + std::to_string(e.index) + "." + format);
      check_export(what, /*force=*/true);
      export_scene(motion, character, what);
      if (format == "mp4") films.push_back(what.out.filename().string());
    }
  }
  return films;
}

}  // namespace foresight
