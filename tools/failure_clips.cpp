#include "tools/failure_clips.h"

#include <algorithm>

#include "sim/base/error.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

void film(const std::shared_ptr<const Character>& character, const EpisodeResult& e,
          const fs::path& file) {
  World world(character, e.scene);
  mjData& data = world.data();
  OffscreenRenderer renderer(world.model(), 640, 360);
  VideoWriter writer(file, 640, 360, character->control_hz);
  for (const WorldFrame& frame : e.frames) {
    std::copy(frame.qpos.begin(), frame.qpos.end(), data.qpos);
    std::copy(frame.mocap.begin(), frame.mocap.end(), data.mocap_pos);
    mj_forward(&world.model(), &data);
    writer.add(renderer.render(data));
  }
  writer.finish();
}

}  // namespace

std::vector<std::string> film_failures(const std::shared_ptr<const Character>& character,
                                       const EvaluationResult& result, int count,
                                       const fs::path& html) {
  if (html.empty()) throw InputError("--clips: give the page that shows them with --html or --out");
  std::vector<std::string> names;
  for (const EpisodeResult& e : result.episodes) {
    if (static_cast<int>(names.size()) >= count) break;
    if (e.success || e.frames.empty()) continue;
    const fs::path file = html.parent_path() /
                          (html.stem().string() + "-failure-" + std::to_string(e.index) + ".mp4");
    if (file.has_parent_path()) fs::create_directories(file.parent_path());
    film(character, e, file);
    names.push_back(file.filename().string());
  }
  return names;
}

}  // namespace foresight
