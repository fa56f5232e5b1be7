#include "ui/offscreen/export_recording.h"

#include <cstdio>

#include "sim/base/error.h"
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

struct Source {
  RecordingReader& reader;
  std::shared_ptr<const Character> character;
  const ExportOptions& o;

  CharacterMotion character_part() const {
    const CharacterMotion motion = character_motion(reader, character, o.which, o.segment);
    return o.fps > 0 ? resampled(motion, o.fps) : motion;
  }
  SceneMotion scene_part() const {
    if (o.fps > 0 && o.fps != reader.control_hz()) {
      throw InputError("--fps: " + o.format + " keeps the rate of the recording (" +
                       std::to_string(reader.control_hz()) + ")");
    }
    return scene_motion(reader, character, o.segment);
  }
};

// Calls `take` with a picture of every n-th frame of the chosen segments; false when stopped.
template <typename Take>
bool render_frames(const Source& source, const ExportProgress& progress, const Take& take) {
  const ExportOptions& o = source.o;
  const int count = static_cast<int>(source.reader.segments().size());
  const int first = o.segment < 0 ? 0 : o.segment, last = o.segment < 0 ? count - 1 : o.segment;
  double done = 0;
  for (int s = first; s <= last; ++s) {
    if (o.segment < 0 && source.reader.segments()[s].steps == 0) continue;
    const SceneMotion motion = scene_motion(source.reader, source.character, s);
    OffscreenRenderer renderer(*motion.model, o.width, o.height, o.samples);
    renderer.camera() = o.camera;
    const DataPtr data(mj_makeData(motion.model.get()));
    for (int t = 0; t < motion.frames(); t += o.every) {
      show_frame(motion, t, *data);
      take(renderer.render(*data, {}, o.every / motion.fps));
      done += o.every;
      if (!progress(done / static_cast<double>(source.reader.steps()))) return false;
    }
  }
  return true;
}

void export_video(const Source& source, const ExportProgress& progress) {
  const ExportOptions& o = source.o;
  VideoWriter writer(o.out, o.width, o.height, source.reader.control_hz() / o.every);
  const auto take = [&writer](const Image& image) { writer.add(image); };
  if (render_frames(source, progress, take)) writer.finish();
}

void export_pictures(const Source& source, const ExportProgress& progress) {
  const fs::path& folder = source.o.out;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw InputError(folder.string() + ": cannot be made: " + error.message());
  int number = 0;
  render_frames(source, progress, [&](const Image& image) {
    char name[32];
    std::snprintf(name, sizeof(name), "frame_%06d.png", number++);
    write_png(folder / name, image);
  });
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

}  // namespace

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> all = {"bvh",  "glb",  "npz", "csv",
                                               "usda", "mjcf", "mp4", "png"};
  return all;
}

fs::path csv_description(const fs::path& table) {
  return fs::path(table).replace_extension(".json");
}

void export_recording(RecordingReader& reader, std::shared_ptr<const Character> character,
                      const ExportOptions& o, const ExportProgress& progress) {
  if (reader.steps() == 0) throw InputError(reader.name() + ": has no steps to export");
  const Source source{reader, std::move(character), o};
  if (o.format == "bvh") write_file(o.out, bvh_text(source.character_part(), o.bvh));
  if (o.format == "npz") write_file(o.out, npz_of(source));
  if (o.format == "glb") write_file(o.out, glb_bytes(source.scene_part()));
  if (o.format == "usda") write_file(o.out, usda_text(source.scene_part()));
  if (o.format == "mjcf") write_file(o.out, mjcf_keyframes(source.scene_part()));
  if (o.format == "csv") export_table(source);
  if (o.format == "mp4") export_video(source, progress);
  if (o.format == "png") export_pictures(source, progress);
}

}  // namespace foresight
