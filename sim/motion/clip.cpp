#include "sim/motion/clip.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/compression.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using nlohmann::json;

// Layout of a file: magic line, SHA-256 (hex) of all that follows, the JSON head on one line,
// zstd-compressed float32 qpos, frame by frame.
constexpr std::string_view kMagic = "foresight clip 1\n";
constexpr std::size_t kHashSize = 64;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31;
constexpr std::int64_t kMaxNumbers = std::int64_t{1} << 29;

json head_of(const Clip& clip) {
  return {{"name", clip.name},         {"source", clip.source}, {"licence", clip.licence},
          {"category", clip.category}, {"split", clip.split},   {"character", clip.character},
          {"fps", clip.fps},           {"loop", clip.loop},     {"nq", clip.qpos.rows()},
          {"frames", clip.qpos.cols()}};
}

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw InputError(file.string() + ": " + what);
}

Eigen::MatrixXd decompress(std::string_view body, Eigen::Index nq, Eigen::Index frames,
                           const fs::path& file) {
  Eigen::MatrixXf values(nq, frames);
  const std::size_t bytes = static_cast<std::size_t>(values.size()) * sizeof(float);
  if (!zstd_decompress(body, values.data(), bytes)) {
    fail(file, "field \"qpos\" does not unpack; import it again");
  }
  if (!values.allFinite()) fail(file, "field \"qpos\" holds numbers that are not finite");
  return values.cast<double>();
}

// The file's part after the checksum, once that is verified.
std::string_view verified_payload(std::string_view bytes, const fs::path& file) {
  if (bytes.starts_with("version https://git-lfs")) {
    fail(file, "is a Git LFS pointer, not the clip itself; run git lfs pull");
  }
  if (!bytes.starts_with(kMagic)) fail(file, "is not a clip file (wrong magic)");
  bytes.remove_prefix(kMagic.size());
  if (bytes.size() < kHashSize) fail(file, "is truncated; import it again");
  const std::string_view payload = bytes.substr(kHashSize);
  if (sha256_hex(payload) != bytes.substr(0, kHashSize)) {
    fail(file, "checksum mismatch: the file is truncated or damaged; import it again");
  }
  return payload;
}

json parse_head(std::string_view payload, const fs::path& file) {
  const std::size_t end = payload.find('\n');
  const json head = json::parse(payload.substr(0, end), nullptr, false);
  if (end == payload.npos || !head.is_object()) fail(file, "the JSON head is damaged");
  return head;
}

}  // namespace

void save_clip(const fs::path& file, const Clip& clip) {
  const Eigen::MatrixXf values = clip.qpos.cast<float>();
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()),
                               static_cast<std::size_t>(values.size()) * sizeof(float));
  const std::string payload = head_of(clip).dump() + "\n" + zstd_compress(bytes, 9);
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  write_file(file, std::string(kMagic) + sha256_hex(payload) + payload);
}

Clip load_clip(const fs::path& file) {
  const std::string bytes = read_file(file, kMaxBytes);
  const std::string_view payload = verified_payload(bytes, file);
  const json head = parse_head(payload, file);
  Clip clip;
  try {
    clip.name = head.at("name");
    clip.source = head.at("source");
    clip.licence = head.at("licence");
    clip.category = head.at("category");
    clip.split = head.at("split");
    clip.character = head.at("character");
    clip.fps = head.at("fps");
    clip.loop = head.at("loop");
    const std::int64_t nq = head.at("nq"), frames = head.at("frames");
    if (nq < 7 || nq > 10000 || frames < 1 || frames > kMaxNumbers / nq || !(clip.fps > 0)) {
      fail(file, "fields \"nq\", \"frames\" or \"fps\" are out of range");
    }
    clip.qpos = decompress(payload.substr(payload.find('\n') + 1), nq, frames, file);
  } catch (const json::exception& error) {
    fail(file, std::string("the JSON head lacks a field: ") + error.what());
  }
  return clip;
}

std::vector<Clip> load_clips(const Character& character, const fs::path& dir) {
  if (!fs::is_directory(dir)) throw InputError(dir.string() + ": is not a folder of clips");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().extension() == ".clip") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw InputError(dir.string() + ": holds no .clip file; make some with foresight import");
  }
  std::sort(files.begin(), files.end());
  std::vector<Clip> clips;
  for (const fs::path& file : files) {
    clips.push_back(load_clip(file));
    if (clips.back().character != character.fingerprint) {
      fail(file, "field \"character\": was made for another character than \"" + character.name +
                     "\"; import it again with this one");
    }
  }
  return clips;
}

Eigen::MatrixXd clip_velocities(const Character& character, const Clip& clip) {
  FS_CHECK(clip.qpos.rows() == character.nq);
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(character.nv, clip.frames());
  for (int t = 0; t < clip.frames() && clip.frames() > 1; ++t) {
    const int a = std::max(t - 1, 0), b = std::min(t + 1, clip.frames() - 1);
    const auto before = clip.qpos.col(a), after = clip.qpos.col(b);
    const double rate = clip.fps / (b - a);
    out.col(t).head<3>() = rate * (after.head<3>() - before.head<3>());
    const Quaterniond from = quat_from_wxyz(before.data() + 3),
                      to = quat_from_wxyz(after.data() + 3);
    out.col(t).segment<3>(3) = rate * rotvec_of(from.conjugate() * to);
    out.col(t).tail(character.nu) = rate * (after.tail(character.nu) - before.tail(character.nu));
  }
  return out;
}

}  // namespace foresight
