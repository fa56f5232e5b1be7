// MP4 files, by piping raw frames to the ffmpeg program.
#pragma once

#include <sys/types.h>

#include "sim/base/files.h"
#include "sim/base/temporary_folder.h"
#include "ui/offscreen/image.h"

namespace foresight {

/// H.264, yuv420p, faststart. The file appears under its name only after finish(); a writer that is
/// destroyed without finish() leaves nothing behind.
class VideoWriter {
 public:
  /// `width` and `height` must be even. Throws InputError when the ffmpeg program is missing or the
  /// folder is not writable.
  VideoWriter(fs::path file, int width, int height, double fps);
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// Throws InputError with ffmpeg's message when it ended early (full disk, no H.264 encoder).
  void add(const Image& frame);
  /// Waits for ffmpeg and renames the file into place.
  void finish();
  int frames() const { return frames_; }

 private:
  void start(double fps);
  bool wait();
  void discard();
  [[noreturn]] void fail();

  fs::path file_, part_;
  TemporaryFolder messages_;  // not beside the file: its disk may be full
  fs::path log_;
  int width_, height_;
  int frames_ = 0;
  int pipe_ = -1;
  pid_t child_ = -1;
};

/// Throws InputError unless a VideoWriter for this file could begin.
void check_video(const fs::path& file, int width, int height);

/// True when the ffmpeg program is on the PATH.
bool have_ffmpeg();

}  // namespace foresight
