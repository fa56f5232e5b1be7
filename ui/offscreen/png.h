// PNG files.
#pragma once

#include "sim/base/files.h"
#include "ui/offscreen/image.h"

namespace foresight {

/// Writes a PNG file at once or not at all. Throws InputError when it cannot be written.
void write_png(const fs::path& file, const Image& image);

}  // namespace foresight
