#include "sim/recording/recording.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr std::size_t kStepsPerChunk = 30;

bool write_all(int handle, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(handle, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(written);
  }
  return true;
}

int create(const fs::path& file, bool overwrite) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL);
  const int handle = ::open(file.c_str(), flags, 0644);
  if (handle >= 0) return handle;
  if (errno == EEXIST) {
    throw InputError(file.string() + ": exists already; choose another name or pass --force");
  }
  throw InputError(file.string() +
                   ": cannot be written: " + std::generic_category().message(errno));
}

}  // namespace

json recording_header(const Character& character, std::uint64_t seed) {
  return {{"format", 1},
          {"mujoco", mj_versionString()},
          {"character", character.name},
          {"fingerprint", character.fingerprint},
          {"control_hz", character.control_hz},
          {"seed", seed}};
}

Recording::Recording(const json& header) {
  append(kRecordingMagic);
  add_chunk(ChunkKind::kHeader, header.dump());
}

Recording::Recording(const json& header, const fs::path& file, bool overwrite)
    : file_(file), handle_(create(file, overwrite)) {
  try {
    append(kRecordingMagic);
    add_chunk(ChunkKind::kHeader, header.dump());
  } catch (const InputError&) {
    ::close(handle_);
    ::unlink(file_.c_str());
    throw;
  }
}

Recording::~Recording() {
  try {
    flush();
  } catch (const std::exception&) {
    // The disk is full: what is whole in the file stays readable.
  }
  if (handle_ >= 0) ::close(handle_);
}

void Recording::append(std::string_view bytes) {
  if (handle_ < 0) {
    memory_.append(bytes);
  } else if (!write_all(handle_, bytes)) {
    const std::string reason = std::generic_category().message(errno);
    // Whole chunks stay; the file is then as if the program had been stopped before this one.
    const bool cut = ::ftruncate(handle_, static_cast<off_t>(written_)) == 0;
    throw InputError(file_.string() + ": cannot be written on: " + reason +
                     (cut ? " (what was recorded so far is readable)" : ""));
  }
  written_ += bytes.size();
}

void Recording::add_chunk(ChunkKind kind, std::string_view raw) {
  const std::size_t offset = written_;
  append(pack_chunk(kind, chunks_, raw));
  ++chunks_;
  index_.push_back({{"offset", offset}, {"kind", static_cast<int>(kind)}});
}

void Recording::begin_segment(const SegmentStart& start) {
  FS_CHECK(!finished_);
  flush();
  ByteWriter out;
  out.number(next_step_);
  out.text(json{{"scene", start.scene}, {"model_sha256", start.model_sha256}, {"info", start.info}}
               .dump());
  out.text(start.xml);
  out.array(std::span<const double>(start.state));
  add_chunk(ChunkKind::kSegment, out.take());
  ++segments_;
}

void Recording::step(RecordedStep step, std::span<const double> state) {
  FS_CHECK(!finished_ && segments_ > 0);
  if (pending_.steps.empty()) {
    pending_.segment = segments_ - 1;
    pending_.first = next_step_;
    pending_.state.assign(state.begin(), state.end());
  }
  pending_.steps.push_back(std::move(step));
  ++next_step_;
  if (pending_.steps.size() >= kStepsPerChunk) flush();
}

void Recording::event(json what) {
  FS_CHECK(!finished_);
  pending_.events.push_back({next_step_, std::move(what)});
}

void Recording::flush() {
  if (pending_.steps.empty() && pending_.events.empty()) return;
  if (pending_.steps.empty()) pending_.first = next_step_;
  const StepBlock block = std::exchange(pending_, {});
  add_chunk(ChunkKind::kSteps, encode_block(block));
  index_.back()["first_step"] = block.first;
}

void Recording::finish() {
  FS_CHECK(!finished_);
  flush();
  const json index{{"steps", next_step_}, {"segments", segments_}, {"chunks", index_}};
  add_chunk(ChunkKind::kIndex, index.dump());
  finished_ = true;
  if (handle_ >= 0 && ::fsync(handle_) != 0 && errno == EIO) {
    throw InputError(file_.string() + ": the disk reports an error");
  }
}

void Recording::save_as(const fs::path& file) {
  FS_CHECK(handle_ < 0);
  flush();
  write_file(file, memory_);
}

}  // namespace foresight
