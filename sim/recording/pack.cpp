#include "sim/recording/pack.h"

#include <set>

#include "sim/base/error.h"
#include "sim/export/zip.h"
#include "sim/recording/recording_reader.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr const char* kManifest = "manifest.json";
constexpr const char* kRecording = "recording.rec";
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

// Hashes of all checkpoints that the log names, in order.
json checkpoints_of(const RecordingReader& reader) {
  std::set<std::string> hashes;
  const auto add = [&hashes](const json& settings) {
    if (!settings.is_object()) return;
    const json hash = settings.value("checkpoint_sha256", json());
    if (hash.is_string() && hash != "") hashes.insert(hash.get<std::string>());
  };
  for (const RecordedSegment& s : reader.segments()) add(s.start.info);
  for (const RecordedEvent& e : reader.events()) {
    if (e.what.is_object()) add(e.what.value("value", json()));
  }
  return hashes;
}

bool is_checkpoint(const std::string& member) { return member.starts_with("checkpoint."); }

}  // namespace

std::string pack_recording(std::string_view recording, const std::string& name,
                           const std::map<std::string, std::string>& checkpoint) {
  const RecordingReader reader(std::string(recording), name);
  std::map<std::string, std::string> members{{kRecording, std::string(recording)}};
  for (std::size_t i = 0; i < reader.segments().size(); ++i) {
    members["scene-" + std::to_string(i) + ".xml"] = reader.segments()[i].start.xml;
  }
  for (const auto& [file, content] : checkpoint) {
    FS_CHECK(is_checkpoint(file));
    members[file] = content;
  }
  json manifest{{"format", 1},
                {"kind", "foresight pack"},
                {"header", reader.header()},
                {"steps", reader.steps()},
                {"seconds", reader.seconds()},
                {"finished", reader.finished()},
                {"checkpoint_sha256", checkpoints_of(reader)}};
  std::size_t total = 0;
  for (const auto& [member, content] : members) {
    manifest["sha256"][member] = sha256_hex(content);
    total += content.size();
  }
  if (total > kMostBytes / 4 * 3) {
    throw InputError(name + ": is too large to be packed (" + std::to_string(total >> 20) +
                     " MiB, at most 768)");
  }
  members[kManifest] = manifest.dump(2) + "\n";
  return zip_stored(members);
}

bool is_pack(std::string_view bytes) { return bytes.starts_with(std::string_view("PK\3\4", 4)); }

Pack unpack(std::string_view bytes, const std::string& name) {
  auto members = unzip(bytes, name);
  Pack pack;
  const auto manifest = members.find(kManifest);
  if (manifest != members.end()) pack.manifest = json::parse(manifest->second, nullptr, false);
  const bool known = pack.manifest.is_object() && members.count(kRecording) > 0 &&
                     pack.manifest.value("kind", json()) == "foresight pack";
  if (!known) {
    throw InputError(name +
                     ": is a ZIP archive but no packed recording (foresight pack makes one)");
  }
  if (pack.manifest.value("format", json()) != 1) {
    throw InputError(name + ": is a pack of a format that this program does not know");
  }
  const json hashes = pack.manifest.value("sha256", json::object());
  for (auto& [member, content] : members) {
    if (member != kRecording && !is_checkpoint(member)) continue;
    if (!hashes.is_object() || hashes.value(member, json()) != sha256_hex(content)) {
      throw InputError(name + ": " + member + " is not what the manifest says (damaged pack)");
    }
    if (is_checkpoint(member)) pack.checkpoint[member] = std::move(content);
  }
  pack.recording = std::move(members[kRecording]);
  return pack;
}

std::string read_recording(const fs::path& file) {
  std::string bytes = read_file(file);
  return is_pack(bytes) ? unpack(bytes, file.string()).recording : bytes;
}

}  // namespace foresight
