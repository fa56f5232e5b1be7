#include "models/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t kMaxHeader = 100u << 20;

struct TypeName {
  torch::ScalarType type;
  const char* name;
};

constexpr TypeName kTypes[] = {{torch::kFloat64, "F64"}, {torch::kFloat32, "F32"},
                               {torch::kFloat16, "F16"}, {torch::kBFloat16, "BF16"},
                               {torch::kInt64, "I64"},   {torch::kInt32, "I32"},
                               {torch::kUInt8, "U8"},    {torch::kBool, "BOOL"}};

const char* name_of(torch::ScalarType type) {
  for (const auto& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  FS_CHECK(!"a tensor type that safetensors files do not hold");
  return "";
}

struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

/// Reads header entries; every failure names the file and the tensor.
class HeaderReader {
 public:
  HeaderReader(const std::string& file, std::uint64_t data_size)
      : file_(file), data_size_(data_size) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(file_ + ": " + what + "; the file is damaged or not a safetensors file");
  }

  Entry entry(const std::string& name, const json& value) const {
    const bool whole = value.is_object() && value.size() == 3 && value.contains("dtype") &&
                       value.contains("shape") && value.contains("data_offsets");
    if (!whole) fail("tensor \"" + name + "\" needs exactly dtype, shape and data_offsets");
    Entry result{name, type(name, value["dtype"]), shape(name, value["shape"])};
    const auto offsets = integers(name, value["data_offsets"]);
    if (offsets.size() != 2) fail("tensor \"" + name + "\" needs two data offsets");
    result.begin = static_cast<std::uint64_t>(offsets[0]);
    result.end = static_cast<std::uint64_t>(offsets[1]);
    check_size(result);
    return result;
  }

  /// Tensors must cover the data without gaps and overlaps.
  void check_cover(std::vector<Entry> entries) const {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t position = 0;
    for (const Entry& e : entries) {
      if (e.begin != position) fail("tensor \"" + e.name + "\" overlaps another or leaves a gap");
      position = e.end;
    }
    if (position != data_size_) {
      fail("the header describes " + std::to_string(position) + " data bytes, the file has " +
           std::to_string(data_size_));
    }
  }

 private:
  torch::ScalarType type(const std::string& name, const json& value) const {
    for (const auto& entry : kTypes) {
      if (value == entry.name) return entry.type;
    }
    fail("tensor \"" + name + "\" has the unknown dtype " + value.dump(-1, ' ', true, kReplace));
  }

  std::vector<std::int64_t> integers(const std::string& name, const json& value) const {
    std::vector<std::int64_t> result;
    if (!value.is_array()) fail("tensor \"" + name + "\": expected a list of integers");
    for (const json& item : value) {
      const bool good = item.is_number_unsigned() &&
                        item.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
      if (!good) fail("tensor \"" + name + "\": expected a list of integers from 0");
      result.push_back(item.get<std::int64_t>());
    }
    return result;
  }

  std::vector<std::int64_t> shape(const std::string& name, const json& value) const {
    auto result = integers(name, value);
    if (result.size() > 16) fail("tensor \"" + name + "\" has more than 16 dimensions");
    return result;
  }

  void check_size(const Entry& e) const {
    std::uint64_t bytes = torch::elementSize(e.type);
    for (const std::int64_t size : e.shape) {
      const auto factor = static_cast<std::uint64_t>(size);
      if (factor != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / factor) {
        fail("tensor \"" + e.name + "\" is impossibly large");
      }
      bytes *= factor;
    }
    if (e.begin > e.end || e.end > data_size_ || e.end - e.begin != bytes) {
      fail("tensor \"" + e.name + "\": data offsets do not match its shape or the file's size");
    }
  }

  static constexpr auto kReplace = json::error_handler_t::replace;

  std::string file_;
  std::uint64_t data_size_;
};

void refuse_lfs_pointer(const std::string& bytes, const std::string& name) {
  if (bytes.starts_with("version https://git-lfs")) {
    throw InputError(name + " is a Git LFS pointer, not the weights: run \"git lfs pull\" in the " +
                     "repository and try again");
  }
}

std::uint64_t header_length(const std::string& bytes, const std::string& name) {
  if (bytes.size() < 8) {
    throw InputError(name + ": only " + std::to_string(bytes.size()) +
                     " bytes long, too short for a safetensors file");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > kMaxHeader || length > bytes.size() - 8) {
    throw InputError(name + ": the header is said to be " + std::to_string(length) +
                     " bytes long; the file is truncated, damaged or not a safetensors file");
  }
  return length;
}

std::map<std::string, std::string> read_metadata(const json& value, const HeaderReader& reader) {
  std::map<std::string, std::string> metadata;
  if (!value.is_object()) reader.fail("__metadata__ must be an object");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) reader.fail("__metadata__ \"" + key + "\" must be text");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

torch::Tensor copy_tensor(const Entry& entry, std::string_view data) {
  auto tensor = torch::empty(entry.shape, torch::TensorOptions().dtype(entry.type));
  if (entry.end > entry.begin) {
    std::memcpy(tensor.data_ptr(), data.data() + entry.begin, entry.end - entry.begin);
  }
  return tensor;
}

}  // namespace

std::string encode_safetensors(const TensorFile& file) {
  json header = json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::string data;
  for (const auto& [name, tensor] : file.tensors) {
    const auto plain = tensor.detach().cpu().contiguous();
    const auto begin = data.size();
    data.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
    header[name] = {{"dtype", name_of(plain.scalar_type())},
                    {"shape", plain.sizes().vec()},
                    {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + text + data;
}

TensorFile decode_safetensors(const std::string& bytes, const std::string& name) {
  refuse_lfs_pointer(bytes, name);
  const std::uint64_t length = header_length(bytes, name);
  const std::string_view data = std::string_view(bytes).substr(8 + length);
  const HeaderReader reader(name, data.size());
  const json header = json::parse(
      bytes.begin() + 8, bytes.begin() + 8 + static_cast<std::ptrdiff_t>(length), nullptr, false);
  if (!header.is_object()) reader.fail("the header is not a JSON object");
  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__") {
      file.metadata = read_metadata(value, reader);
    } else {
      entries.push_back(reader.entry(key, value));
    }
  }
  reader.check_cover(entries);
  for (const Entry& entry : entries) file.tensors[entry.name] = copy_tensor(entry, data);
  return file;
}

}  // namespace foresight
