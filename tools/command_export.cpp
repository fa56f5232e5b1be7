// foresight export: a recording as motion files, pictures or video.
#include <cmath>
#include <cstdio>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/export/bvh.h"
#include "sim/export/csv.h"
#include "sim/export/glb.h"
#include "sim/export/keyframes.h"
#include "sim/export/npz.h"
#include "sim/export/usda.h"
#include "tools/commands.h"
#include "ui/offscreen/png.h"
#include "ui/offscreen/renderer.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

struct Options {
  std::string file, format, out, character, layout = "tracking", camera = "follow", up = "y";
  bool force = false, single = false;
  int segment = -1, which = 0, width = 640, height = 360, samples = 0, every = 1;
  double fps = 0, azimuth = Camera().azimuth, elevation = Camera().elevation,
         distance = Camera().distance;
  BvhOptions bvh;
};

fs::path sidecar_of(const Options& o) { return fs::path(o.out).replace_extension(".json"); }

// Said before any work is done.
void refuse_overwriting(const Options& o) {
  if (o.force) return;
  const bool sidecar = o.format == "csv" && fs::exists(sidecar_of(o));
  if (!fs::exists(o.out) && !sidecar) return;
  throw InputError((fs::exists(o.out) ? o.out : sidecar_of(o).string()) +
                   ": exists already; choose another name or pass --force");
}

struct Source {
  RecordingReader reader;
  std::shared_ptr<const Character> character;

  CharacterMotion character_part(const Options& o) {
    const CharacterMotion motion = character_motion(reader, character, o.which, o.segment);
    return o.fps > 0 ? resampled(motion, o.fps) : motion;
  }
  SceneMotion scene_part(const Options& o) {
    if (o.fps > 0 && o.fps != reader.control_hz()) {
      throw InputError("--fps: " + o.format + " keeps the rate of the recording (" +
                       std::to_string(reader.control_hz()) + ")");
    }
    return scene_motion(reader, character, o.segment);
  }
};

void configure(const Options& o, Camera& camera) {
  camera.mode = camera_mode_from_name(o.camera);
  camera.azimuth = o.azimuth;
  camera.elevation = o.elevation;
  camera.distance = o.distance;
}

// Calls `take` with a picture of every n-th frame of the chosen segments.
template <typename Take>
void render_frames(Source& source, const Options& o, const Take& take) {
  const int count = static_cast<int>(source.reader.segments().size());
  const int first = o.segment < 0 ? 0 : o.segment, last = o.segment < 0 ? count - 1 : o.segment;
  ProgressBar bar("rendering", static_cast<double>(source.reader.steps()));
  double done = 0;
  for (int s = first; s <= last; ++s) {
    if (o.segment < 0 && source.reader.segments()[s].steps == 0) continue;
    const SceneMotion motion = scene_motion(source.reader, source.character, s);
    OffscreenRenderer renderer(*motion.model, o.width, o.height, o.samples);
    configure(o, renderer.camera());
    const DataPtr data(mj_makeData(motion.model.get()));
    for (int t = 0; t < motion.frames(); t += o.every) {
      show_frame(motion, t, *data);
      take(renderer.render(*data, {}, o.every / motion.fps));
      bar.update(done += o.every);
    }
  }
}

void export_video(Source& source, const Options& o) {
  VideoWriter writer(o.out, o.width, o.height, source.reader.control_hz() / o.every);
  render_frames(source, o, [&writer](const Image& image) { writer.add(image); });
  writer.finish();
}

void export_pictures(Source& source, const Options& o) {
  std::error_code error;
  fs::create_directories(o.out, error);
  if (error) throw InputError(o.out + ": cannot be made: " + error.message());
  int number = 0;
  render_frames(source, o, [&](const Image& image) {
    char name[32];
    std::snprintf(name, sizeof(name), "frame_%06d.png", number++);
    write_png(fs::path(o.out) / name, image);
  });
}

NpzArrays npz_of(Source& source, const Options& o) {
  if (o.layout == "mujoco") return npz_mujoco(source.scene_part(o));
  const CharacterMotion motion = source.character_part(o);
  return o.layout == "amass" ? npz_amass(motion) : npz_tracking(motion);
}

void run(Options o) {
  refuse_overwriting(o);
  o.bvh.up = o.up[0];
  Source source{RecordingReader::open(o.file),
                o.character.empty() ? default_character() : load_character(o.character)};
  if (source.reader.steps() == 0) throw InputError(o.file + ": has no steps to export");
  if (o.format == "bvh") write_file(o.out, bvh_text(source.character_part(o), o.bvh));
  if (o.format == "npz") write_file(o.out, npz_bytes(npz_of(source, o), o.single));
  if (o.format == "glb") write_file(o.out, glb_bytes(source.scene_part(o)));
  if (o.format == "usda") write_file(o.out, usda_text(source.scene_part(o)));
  if (o.format == "mjcf") write_file(o.out, mjcf_keyframes(source.scene_part(o)));
  if (o.format == "mp4") export_video(source, o);
  if (o.format == "png") export_pictures(source, o);
  if (o.format == "csv") {
    const CharacterMotion motion = source.character_part(o);
    write_file(o.out, csv_text(motion));
    write_file(sidecar_of(o), csv_sidecar(motion));
  }
  std::printf("wrote %s\n", o.out.c_str());
}

void add_motion_options(Command* command, const std::shared_ptr<Options>& o) {
  command->add_option("--segment", o->segment, "Only this segment (default: all, where that fits)");
  command->add_option("--which", o->which, "Character of the scene (default 0)")
      ->check(not_negative());
  command->add_option("--fps", o->fps, "Frame rate of bvh, npz and csv (default: as recorded)");
  command->add_option("--up", o->up, "bvh: up axis, y or z (default y)")
      ->check(one_of({"y", "z"}));
  command->add_option("--units-per-metre", o->bvh.units_per_m, "bvh (default 100: centimetres)")
      ->check(positive());
  command->add_option("--rotation-order", o->bvh.order, "bvh: XYZ in any order (default ZXY)");
  command->add_option("--layout", o->layout, "npz: tracking, amass or mujoco (default tracking)")
      ->check(one_of({"tracking", "amass", "mujoco"}));
  command->add_flag("--float32", o->single, "npz: single precision");
  command->add_option("--character", o->character, "Character tables (default: the shipped one)");
}

void add_picture_options(Command* command, const std::shared_ptr<Options>& o) {
  command->add_option("--width", o->width, "mp4, png (default 640)")->check(in_range(16, 7680));
  command->add_option("--height", o->height, "mp4, png (default 360)")->check(in_range(16, 4320));
  command->add_option("--samples", o->samples, "Samples per pixel; 4 is smoother and slower")
      ->check(in_range(0, 16));
  command->add_option("--every", o->every, "Only every n-th frame")->check(in_range(1, 1000));
  command->add_option("--camera", o->camera, "follow, fixed or top (default follow)")
      ->check(one_of({"follow", "fixed", "top"}));
  command->add_option("--azimuth", o->azimuth, "Direction of view, deg about z (default 40)");
  command->add_option("--elevation", o->elevation, "Degrees, negative looks down (default -16)")
      ->check(in_range(-90.0, 90.0));
  command->add_option("--distance", o->distance, "m (default 3.6)")->check(in_range(0.3, 100.0));
}

}  // namespace

void add_export_command(Command& app) {
  auto o = std::make_shared<Options>();
  Command* command =
      app.add_subcommand("export", "Write a recording as a motion file, pictures or video");
  command->add_option("file", o->file, "Recording")->required();
  command->add_option("--format", o->format, "bvh, glb, npz, csv, usda, mjcf, mp4 or png")
      ->required()
      ->check(one_of({"bvh", "glb", "npz", "csv", "usda", "mjcf", "mp4", "png"}));
  command->add_option("--out", o->out, "File to write; for png a folder")->required();
  command->add_flag("--force", o->force, "Replace what is there");
  add_motion_options(command, o);
  add_picture_options(command, o);
  command->callback([o] { run(*o); });
}

}  // namespace foresight
