#include "ui/offscreen/export_recording.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "sim/base/error.h"
#include "sim/base/parallel.h"
#include "sim/export/csv.h"
#include "sim/export/glb.h"
#include "sim/export/keyframes.h"
#include "sim/export/npz.h"
#include "sim/export/usda.h"
#include "ui/offscreen/png.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

// Where motions come from: a recording or one scene.
struct Source {
  const ExportOptions& o;
  std::string name;
  double fps = 30;
  std::int64_t steps = 0;  // of all segments
  std::vector<int> segments;
  std::function<SceneMotion(int segment)> scene;
  std::function<CharacterMotion()> character;

  CharacterMotion character_part() const {
    const CharacterMotion motion = character();
    return o.fps > 0 ? resampled(motion, o.fps) : motion;
  }
  SceneMotion scene_part() const {
    if (o.fps > 0 && o.fps != fps) {
      throw InputError("--fps: " + o.format + " keeps the rate of the recording (" +
                       std::to_string(fps) + ")");
    }
    return scene(o.segment);
  }
};

Source recording_source(RecordingReader& reader, const std::shared_ptr<const Character>& character,
                        const ExportOptions& o) {
  Source source{o, reader.name(), reader.control_hz(), reader.steps(), {}, {}, {}};
  const int count = static_cast<int>(reader.segments().size());
  for (int s = 0; s < count; ++s) {
    if (o.segment < 0 ? reader.segments()[s].steps > 0 : s == o.segment) {
      source.segments.push_back(s);
    }
  }
  if (source.segments.empty()) source.segments = {o.segment};  // refused by name later
  source.scene = [&reader, character](int s) { return scene_motion(reader, character, s); };
  source.character = [&reader, character, &o] {
    return character_motion(reader, character, o.which, o.segment);
  };
  return source;
}

// Draws as many successive frames at the same time as there are renderers, one thread each: most of
// the time of software OpenGL passes in one thread.
class FrameRenderers {
 public:
  FrameRenderers(const SceneMotion& motion, const ExportOptions& o, int count)
      : motion_(motion), every_(o.every), lanes_(count), pool_(count) {
    for (Lane& lane : lanes_) {
      lane.renderer = make_renderer(*motion.model, o.width, o.height, o.samples);
      lane.renderer->camera() = o.camera;
      lane.renderer->release();
      lane.data.reset(mj_makeData(motion.model.get()));
    }
  }
  ~FrameRenderers() {
    // Every context is freed by this thread, so that no other may hold it.
    pool_.run(count(), [this](int i) { lanes_[i].renderer->release(); });
  }
  FrameRenderers(const FrameRenderers&) = delete;
  FrameRenderers& operator=(const FrameRenderers&) = delete;

  int count() const { return static_cast<int>(lanes_.size()); }

  // Pictures of frames `first`, `first` + every ...; as many as there are.
  std::vector<const Image*> render(int first) {
    pool_.run(count(), [&](int i) { draw(lanes_[i], first + i * every_); });
    std::vector<const Image*> images;
    for (const Lane& lane : lanes_) {
      if (lane.image != nullptr) images.push_back(lane.image);
    }
    return images;
  }

 private:
  struct Lane {
    std::unique_ptr<OffscreenRenderer> renderer;
    DataPtr data;
    const Image* image = nullptr;
    int next = 0;  // frame that its camera has not seen
  };

  void draw(Lane& lane, int frame) {
    lane.image = nullptr;
    if (frame >= motion_.frames()) return;
    const double dt = every_ / motion_.fps;
    for (; lane.next < frame; lane.next += every_) {
      show_frame(motion_, lane.next, *lane.data);
      // The first picture of a renderer differs a little from later ones, so nobody starts later.
      if (lane.next == 0) {
        lane.renderer->render(*lane.data, {}, dt);
      } else {
        lane.renderer->skip(*lane.data, dt);
      }
    }
    show_frame(motion_, frame, *lane.data);
    lane.image = &lane.renderer->render(*lane.data, {}, dt);
    lane.next = frame + every_;
  }

  const SceneMotion& motion_;
  int every_;
  std::vector<Lane> lanes_;
  WorkerPool pool_;
};

// Calls `take` with a picture of every n-th frame of the chosen segments; false when stopped.
template <typename Take>
bool render_frames(const Source& source, const ExportProgress& progress, const Take& take) {
  const ExportOptions& o = source.o;
  const int at_once = std::thread::hardware_concurrency() > 1 ? 2 : 1;
  double done = 0;
  for (const int s : source.segments) {
    const SceneMotion motion = source.scene(s);
    FrameRenderers renderers(motion, o, at_once);
    for (int t = 0; t < motion.frames(); t += at_once * o.every) {
      for (const Image* image : renderers.render(t)) take(*image);
      done += at_once * o.every;
      if (progress && !progress(std::min(1.0, done / static_cast<double>(source.steps)))) {
        return false;
      }
    }
  }
  return true;
}

void export_video(const Source& source, const ExportProgress& progress) {
  const ExportOptions& o = source.o;
  VideoWriter writer(o.out, o.width, o.height, source.fps / o.every);
  const auto take = [&writer](const Image& image) { writer.add(image); };
  if (render_frames(source, progress, take)) writer.finish();
}

void export_pictures(const Source& source, const ExportProgress& progress) {
  PngSequence pictures(source.o.out);
  const auto take = [&pictures](const Image& image) { pictures.add(image); };
  if (render_frames(source, progress, take)) pictures.finish();
}

std::string npz_of(const Source& source) {
  const ExportOptions& o = source.o;
  if (o.layout == "mujoco") return npz_bytes(npz_mujoco(source.scene_part()), o.single);
  const CharacterMotion motion = source.character_part();
  return npz_bytes(o.layout == "amass" ? npz_amass(motion) : npz_tracking(motion), o.single);
}

void export_table(const Source& source) {
  const CharacterMotion motion = source.character_part();
  write_file(source.o.out, csv_text(motion));
  write_file(csv_description(source.o.out), csv_sidecar(motion));
}

void export_from(const Source& source, const ExportProgress& progress) {
  const ExportOptions& o = source.o;
  if (o.format == "bvh") write_file(o.out, bvh_text(source.character_part(), o.bvh));
  if (o.format == "npz") write_file(o.out, npz_of(source));
  if (o.format == "glb") write_file(o.out, glb_bytes(source.scene_part()));
  if (o.format == "usda") write_file(o.out, usda_text(source.scene_part()));
  if (o.format == "mjcf") write_file(o.out, mjcf_keyframes(source.scene_part()));
  if (o.format == "csv") export_table(source);
  if (o.format == "mp4") export_video(source, progress);
  if (o.format == "png") export_pictures(source, progress);
}

void refuse_overwriting(const ExportOptions& o) {
  std::vector<fs::path> outputs{o.out};
  if (o.format == "csv") outputs.push_back(csv_description(o.out));
  for (const fs::path& file : outputs) {
    if (!fs::exists(file)) continue;
    throw InputError(file.string() + ": exists already; choose another name or pass --force");
  }
}

}  // namespace

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> all = {"bvh",  "glb",  "npz", "csv",
                                               "usda", "mjcf", "mp4", "png"};
  return all;
}

fs::path csv_description(const fs::path& table) {
  return fs::path(table).replace_extension(".json");
}

std::string format_from_name(const fs::path& file) {
  std::string ending = file.extension().string();
  if (!ending.empty()) ending.erase(0, 1);
  if (ending == "xml") return "mjcf";
  std::string known;
  for (const std::string& format : export_formats()) {
    if (format == ending) return format;
    known += (known.empty() ? "." : ", .") + format;
  }
  throw InputError(file.string() + ": its ending names no format; expected " + known);
}

void check_export(const ExportOptions& o, bool force) {
  if (!force) refuse_overwriting(o);
  const fs::path folder = o.out.has_parent_path() ? o.out.parent_path() : fs::path(".");
  if (o.format != "png" && !fs::is_directory(folder)) {
    throw InputError(o.out.string() + ": there is no folder " + folder.string());
  }
  if (o.format == "mp4") check_video(o.out, o.width, o.height);
}

void export_recording(RecordingReader& reader, std::shared_ptr<const Character> character,
                      const ExportOptions& o, const ExportProgress& progress) {
  if (reader.steps() == 0) throw InputError(reader.name() + ": has no steps to export");
  export_from(recording_source(reader, character, o), progress);
}

void export_scene(const SceneMotion& motion, std::shared_ptr<const Character> character,
                  const ExportOptions& o, const ExportProgress& progress) {
  if (motion.frames() == 0) throw InputError(o.out.string() + ": there are no frames to export");
  const Source source{o,
                      o.out.string(),
                      motion.fps,
                      motion.frames(),
                      {0},
                      [&motion](int) { return motion; },
                      [&] { return character_motion(motion, character, o.which); }};
  export_from(source, progress);
}

}  // namespace foresight
