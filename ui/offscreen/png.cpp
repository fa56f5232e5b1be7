#include "ui/offscreen/png.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include "sim/base/error.h"

namespace foresight {

void write_png(const fs::path& file, const Image& image) {
  FS_CHECK(image.rgb.size() == std::size_t{3} * image.width * image.height);
  std::string bytes;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
  };
  const int ok = stbi_write_png_to_func(append, &bytes, image.width, image.height, 3,
                                        image.rgb.data(), 3 * image.width);
  FS_CHECK(ok != 0);
  write_file(file, bytes);
}

}  // namespace foresight
