#include "sim/base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "sim/base/error.h"

namespace foresight {
namespace {

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw InputError(what + " " + path.string() + ": " + std::strerror(errno));
}

void write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t max_bytes) {
  std::error_code code;
  if (fs::is_directory(path, code)) throw InputError(path.string() + " is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read", path);
  const std::uintmax_t size = fs::file_size(path, code);
  if (!code && size > max_bytes) {
    throw InputError(path.string() + " is too large: " + std::to_string(size) + " bytes, at most " +
                     std::to_string(max_bytes) + " are accepted");
  }
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) fail("cannot read", path);
  return content;
}

void write_file(const fs::path& path, std::string_view content) {
  const fs::path part = path.string() + ".part";
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail("cannot create", part);
  try {
    write_all(fd, content, path);
    if (::fsync(fd) != 0) fail("cannot flush", path);
  } catch (...) {
    ::close(fd);
    ::unlink(part.c_str());
    throw;
  }
  ::close(fd);
  if (::rename(part.c_str(), path.c_str()) != 0) {
    ::unlink(part.c_str());
    fail("cannot rename to", path);
  }
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = digest.size();
  FS_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) ==
           1);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 15];
  }
  return hex;
}

fs::path assets_dir() {
  std::error_code code;
  if (const char* env = std::getenv("FORESIGHT_ASSETS")) return fs::path(env);
  for (const fs::path& dir :
       {fs::path(FORESIGHT_SOURCE_DIR "/assets"),
        fs::read_symlink("/proc/self/exe", code).parent_path() / "../assets"}) {
    if (fs::is_directory(dir, code)) return dir;
  }
  throw InputError("the folder assets/ was not found; set FORESIGHT_ASSETS to its path");
}

}  // namespace foresight
