// A recording, or the motion of one scene, as a motion file, pictures or video.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/export/bvh.h"
#include "sim/recording/recording_reader.h"
#include "ui/offscreen/camera.h"

namespace foresight {

struct ExportOptions {
  std::string format;               // one of export_formats()
  fs::path out;                     // file, for png a folder
  int segment = -1;                 // -1: all, where that fits
  int which = 0;                    // character of bvh, npz and csv
  double fps = 0;                   // of bvh, npz and csv; 0: as recorded
  std::string layout = "tracking";  // npz: tracking, amass or mujoco
  bool single = false;              // npz in single precision
  BvhOptions bvh;
  int width = 640, height = 360, samples = 0, every = 1;  // mp4, png
  Camera camera;
};

/// bvh, glb, npz, csv, usda, mjcf, mp4, png.
const std::vector<std::string>& export_formats();

/// Format that a name ends in; .xml is mjcf. Throws InputError listing the formats.
std::string format_from_name(const fs::path& file);

/// The description that csv writes beside its table.
fs::path csv_description(const fs::path& table);

/// Throws InputError when the export cannot end well: something is there and `force` is not given,
/// there is no such folder, or a program that it takes is missing. For those who have to work
/// first.
void check_export(const ExportOptions& options, bool force);

/// Told the share done; false stops the export, which then leaves no file.
using ExportProgress = std::function<bool(double)>;

/// Writes `options.out`, replacing what is there. Throws InputError.
void export_recording(RecordingReader& reader, std::shared_ptr<const Character> character,
                      const ExportOptions& options, const ExportProgress& progress);

/// The same for a motion that is in no recording.
void export_scene(const SceneMotion& motion, std::shared_ptr<const Character> character,
                  const ExportOptions& options, const ExportProgress& progress = {});

}  // namespace foresight
