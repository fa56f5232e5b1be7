#include "ui/offscreen/png.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include <cstdio>

#include "sim/base/error.h"

namespace foresight {
namespace {

std::string frame_name(int number) {
  char name[32];
  std::snprintf(name, sizeof(name), "frame_%06d.png", number);
  return name;
}

fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw InputError(folder.string() + ": cannot be made: " + error.message());
}

}  // namespace

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

PngSequence::PngSequence(const fs::path& folder)
    : folder_(without_slash(folder)), part_(fs::path(folder_) += ".part") {
  make_folder(part_);
}

PngSequence::~PngSequence() {
  std::error_code ignored;
  fs::remove_all(part_, ignored);
}

void PngSequence::add(const Image& image) {
  write_png(part_ / frame_name(count_), image);
  ++count_;
}

void PngSequence::finish() {
  make_folder(folder_);
  std::error_code error;
  for (int i = 0; i < count_ && !error; ++i) {
    fs::rename(part_ / frame_name(i), folder_ / frame_name(i), error);
  }
  if (error) throw InputError(folder_.string() + ": cannot be written: " + error.message());
  for (int i = count_; fs::remove(folder_ / frame_name(i), error); ++i) {
  }
}

}  // namespace foresight
