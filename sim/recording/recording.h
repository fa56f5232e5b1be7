// Recording: writes what happened in a world so that it can be simulated again exactly, looked at
// and exported. Format: docs/recording.md.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/base/files.h"
#include "sim/recording/chunks.h"
#include "sim/recording/recorded_step.h"

namespace foresight {

/// Version, MuJoCo version, the character's name, fingerprint and rate, and the seed.
nlohmann::json recording_header(const Character& character, std::uint64_t seed);

/// A stretch in one scene.
struct SegmentStart {
  nlohmann::json scene;       // to_json(Scene)
  std::string xml;            // the scene as MJCF, for other programs
  std::string model_sha256;   // of the compiled model
  std::vector<double> state;  // World::save()
  nlohmann::json info;        // whatever the driver adds: task, checkpoint hash, device
};

/// Appends to its file in place, one chunk a second, so that a killed program leaves everything up
/// to the last second readable. Without a file it grows in memory and can be saved later.
class Recording {
 public:
  /// In memory.
  explicit Recording(const nlohmann::json& header);
  /// In a new file. Throws InputError when it exists and `overwrite` is false, or when it cannot be
  /// written.
  Recording(const nlohmann::json& header, const fs::path& file, bool overwrite);
  /// Writes what is pending but no index (that is finish()).
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void begin_segment(const SegmentStart& start);
  /// `state` is World::save() before the step, without its changes; kept for every 30th step.
  void step(RecordedStep step, std::span<const double> state);
  /// Logs something that happened before the next step.
  void event(nlohmann::json what);
  /// Writes the index; nothing can be added after.
  void finish();

  std::int64_t steps() const { return next_step_; }
  /// Everything written so far, when in memory.
  const std::string& bytes() const { return memory_; }
  /// Writes what was recorded in memory to a file.
  void save_as(const fs::path& file);

 private:
  void add_chunk(ChunkKind kind, std::string_view raw);
  void append(std::string_view bytes);
  void flush();

  fs::path file_;
  int handle_ = -1;
  std::string memory_;
  std::size_t written_ = 0;
  std::uint32_t chunks_ = 0;
  std::int64_t segments_ = 0;
  std::int64_t next_step_ = 0;
  bool finished_ = false;
  StepBlock pending_;
  nlohmann::json index_ = nlohmann::json::array();
};

}  // namespace foresight
