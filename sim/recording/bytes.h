// Little-endian byte strings: numbers, texts and arrays in, the same out, never past the end.
#pragma once

#include <zlib.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/base/error.h"

namespace foresight {

static_assert(std::endian::native == std::endian::little, "recordings are little-endian");

/// CRC-32 as in ZIP files.
inline std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

class ByteWriter {
 public:
  template <typename T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  /// 32-bit length, then the elements.
  template <typename T>
  void array(std::span<const T> values) {
    number(static_cast<std::uint32_t>(values.size()));
    if (!values.empty()) {
      bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    }
  }
  void text(std::string_view value) { array(std::span<const char>(value.data(), value.size())); }

  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Throws InputError with `source` when the bytes end early.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string source)
      : bytes_(bytes), source_(std::move(source)) {}

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <typename T>
  std::vector<T> array() {
    const std::size_t count = number<std::uint32_t>();
    if (count > bytes_.size() / sizeof(T)) fail();
    const std::string_view raw = take(count * sizeof(T));
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
  std::string text() {
    const std::size_t count = number<std::uint32_t>();
    return std::string(take(count));
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) fail();
    const std::string_view head = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return head;
  }
  [[noreturn]] void fail() const { throw InputError(source_ + ": ends inside a field"); }

  std::string_view bytes_;
  std::string source_;
};

}  // namespace foresight
