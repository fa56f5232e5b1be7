// foresight export: a recording as motion files, pictures or video.
#include <cstdio>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "tools/commands.h"
#include "ui/offscreen/export_recording.h"

namespace foresight {
namespace {

struct ExportFlags {
  std::string file, out, character, camera = "follow", up = "y";
  bool force = false;
  ExportOptions what;
};

void run(ExportFlags o) {
  o.what.out = o.out;
  if (o.what.format.empty()) o.what.format = format_from_name(o.out);
  check_export(o.what, o.force);
  o.what.bvh.up = o.up[0];
  o.what.camera.mode = camera_mode_from_name(o.camera);
  RecordingReader reader = RecordingReader::open(o.file);
  const auto character = o.character.empty() ? default_character() : load_character(o.character);
  if (reader.steps() == 0) throw InputError(o.file + ": has no steps to export");
  ProgressBar bar("export", 1);
  export_recording(reader, character, o.what, [&bar](double done) {
    bar.update(done);
    return true;
  });
  std::printf("wrote %s\n", o.out.c_str());
}

void add_motion_options(Command* command, const std::shared_ptr<ExportFlags>& o) {
  command->add_option("--segment", o->what.segment,
                      "Only this segment (default: all, where that fits)");
  command->add_option("--which", o->what.which, "Character of the scene (default 0)")
      ->check(not_negative());
  command->add_option("--fps", o->what.fps,
                      "Frame rate of bvh, npz and csv (default: as recorded)");
  command->add_option("--up", o->up, "bvh: up axis, y or z (default y)")->check(one_of({"y", "z"}));
  command
      ->add_option("--units-per-metre", o->what.bvh.units_per_m, "bvh (default 100: centimetres)")
      ->check(positive());
  command->add_option("--rotation-order", o->what.bvh.order, "bvh: XYZ in any order (default ZXY)");
  command
      ->add_option("--layout", o->what.layout, "npz: tracking, amass or mujoco (default tracking)")
      ->check(one_of({"tracking", "amass", "mujoco"}));
  command->add_flag("--float32", o->what.single, "npz: single precision");
  command->add_option("--character", o->character, "Character tables (default: the shipped one)");
}

void add_picture_options(Command* command, const std::shared_ptr<ExportFlags>& o) {
  command->add_option("--width", o->what.width, "mp4, png (default 640)")
      ->check(in_range(16, 7680));
  command->add_option("--height", o->what.height, "mp4, png (default 360)")
      ->check(in_range(16, 4320));
  command->add_option("--samples", o->what.samples, "Samples per pixel; 4 is smoother and slower")
      ->check(in_range(0, 16));
  command->add_option("--every", o->what.every, "Only every n-th frame")->check(in_range(1, 1000));
  command->add_option("--camera", o->camera, "follow, fixed or top (default follow)")
      ->check(one_of({"follow", "fixed", "top"}));
  command->add_option("--azimuth", o->what.camera.azimuth,
                      "Direction of view, deg about z (default 40)");
  command
      ->add_option("--elevation", o->what.camera.elevation,
                   "Degrees, negative looks down (default -16)")
      ->check(in_range(-90.0, 90.0));
  command->add_option("--distance", o->what.camera.distance, "m (default 3.6)")
      ->check(in_range(0.3, 100.0));
}

}  // namespace

void add_export_command(Command& app) {
  auto o = std::make_shared<ExportFlags>();
  Command* command =
      app.add_subcommand("export", "Write a recording as a motion file, pictures or video");
  command->add_option("file", o->file, "Recording or pack")->required();
  command
      ->add_option("--format", o->what.format,
                   "bvh, glb, npz, csv, usda, mjcf, mp4 or png (default: from the name of --out)")
      ->check(one_of(export_formats()));
  command->add_option("--out", o->out, "File to write; for png a folder")->required();
  command->add_flag("--force", o->force, "Replace what is there");
  add_motion_options(command, o);
  add_picture_options(command, o);
  command->callback([o] { run(*o); });
}

}  // namespace foresight
