// A recording as a motion file, pictures or video.
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

/// The description that csv writes beside its table.
fs::path csv_description(const fs::path& table);

/// Told the share done; false stops the export, which then leaves no file.
using ExportProgress = std::function<bool(double)>;

/// Writes `options.out`, replacing what is there. Throws InputError.
void export_recording(RecordingReader& reader, std::shared_ptr<const Character> character,
                      const ExportOptions& options, const ExportProgress& progress);

}  // namespace foresight
