// foresight bench export: how long a minute of motion takes in every format.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/base/clock.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/base/temporary_folder.h"
#include "sim/recording/world_recorder.h"
#include "tools/commands.h"
#include "tools/controller_flags.h"
#include "tools/output_flags.h"
#include "ui/offscreen/export_recording.h"
#include "ui/offscreen/video.h"

namespace foresight {
namespace {

struct BenchExportFlags {
  std::string json;
  std::vector<std::string> require;
  double seconds = 60;
  int width = 640, height = 360, samples = 0;
  bool no_video = false;
};

// Stands with wandering PD targets, is kicked every second and set up again after a fall.
std::string sway(const std::shared_ptr<const Character>& c, int steps) {
  World world(c, Scene{});
  const std::vector<double> start(world.qpos().begin(), world.qpos().end()), rest(c->nv, 0.0);
  Recording recording(recording_header(*c, 0));
  WorldRecorder recorder(recording, world, {{"task", "bench"}});
  Rng rng{random_key(0x62656e6368)};
  std::vector<double> action(c->nu);
  for (int i = 0; i < steps; ++i) {
    for (int j = 0; j < c->nu; ++j) action[j] = 0.15 * std::sin(0.1 * i + j);
    world.set_action(action);
    if (i % 30 == 15) world.kick({rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5)});
    if (world.fall().fallen) world.set_state(start, rest);
    recorder.before_step(world);
    recorder.after_step(world, world.step());
  }
  recording.finish();
  return recording.bytes();
}

// From the bytes of the recording to the file on the disk.
nlohmann::json time_format(const std::string& bytes, const std::shared_ptr<const Character>& c,
                           const ExportOptions& what) {
  const auto begin = Clock::now();
  RecordingReader reader(bytes, "bench");
  export_recording(reader, c, what, {});
  const double seconds = seconds_since(begin);
  return {{"seconds", seconds},
          {"bytes", fs::file_size(what.out)},
          {"real_time_factor", reader.seconds() / seconds}};
}

void run(const BenchExportFlags& o) {
  const auto character = default_character();
  const std::string bytes =
      sway(character, static_cast<int>(std::lround(o.seconds * character->control_hz)));
  const TemporaryFolder folder;
  nlohmann::json report{{"seconds", o.seconds},
                        {"recording_bytes", bytes.size()},
                        {"versions", versions_json()},
                        {"video", {{"width", o.width}, {"height", o.height}}}};
  std::printf("%.0f s of motion\n", o.seconds);
  for (const std::string format : {"bvh", "npz", "csv", "glb", "usda", "mjcf", "mp4"}) {
    if (format == "mp4" && (o.no_video || !have_ffmpeg())) {
      std::printf("  mp4   left out%s\n", o.no_video ? "" : ": there is no ffmpeg program");
      continue;
    }
    ExportOptions what;
    what.format = format;
    what.out = folder.path / ("bench." + format);
    what.width = o.width;
    what.height = o.height;
    what.samples = o.samples;
    const nlohmann::json row = time_format(bytes, character, what);
    std::printf("  %-5s %7.3f s, %6.2f MiB, %5.1f times real time\n", format.c_str(),
                row["seconds"].get<double>(), row["bytes"].get<double>() / (1 << 20),
                row["real_time_factor"].get<double>());
    report["formats"][format] = row;
  }
  write_json(o.json, report);
  check_requirements(report, o.require);
}

}  // namespace

void add_bench_export_command(Command& bench) {
  auto o = std::make_shared<BenchExportFlags>();
  Command* command = bench.add_subcommand(
      "export", "Time of motion files and video of a recording that is made on the spot");
  command->add_option("--seconds", o->seconds, "Length of the recording (default 60)")
      ->check(in_range(1.0, 3600.0));
  command->add_option("--width", o->width, "Of the video (default 640)")->check(in_range(16, 7680));
  command->add_option("--height", o->height, "Of the video (default 360)")
      ->check(in_range(16, 4320));
  command->add_option("--samples", o->samples, "Samples per pixel (default 0: one)")
      ->check(in_range(0, 16));
  command->add_flag("--no-video", o->no_video, "Only motion files");
  command->add_option("--json", o->json, "Write the report as JSON");
  add_require_flag(command, o->require, "formats.bvh.seconds<=1");
  command->callback([o] { run(*o); });
}

}  // namespace foresight
