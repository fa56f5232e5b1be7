// PNG files.
#pragma once

#include "sim/base/files.h"
#include "ui/offscreen/image.h"

namespace foresight {

/// Writes a PNG file at once or not at all. Throws InputError when it cannot be written.
void write_png(const fs::path& file, const Image& image);

/// frame_000000.png and so on in a folder. They appear together at finish(), in place of older ones
/// of such names; without finish() nothing changes.
class PngSequence {
 public:
  /// Throws InputError when no folder can be made beside `folder`.
  explicit PngSequence(const fs::path& folder);
  ~PngSequence();
  PngSequence(const PngSequence&) = delete;
  PngSequence& operator=(const PngSequence&) = delete;

  void add(const Image& image);
  void finish();

 private:
  fs::path folder_, part_;
  int count_ = 0;
};

}  // namespace foresight
