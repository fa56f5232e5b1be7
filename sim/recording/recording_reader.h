// Reads recordings, finished or cut off, in any order of steps.
#pragma once

#include "sim/recording/chunks.h"
#include "sim/recording/recording.h"

namespace foresight {

struct RecordedSegment {
  SegmentStart start;
  std::int64_t first = 0;  // number of its first step
  std::int64_t steps = 0;
};

/// Holds the whole file; all checksums are verified when it opens, steps are unpacked when asked
/// for.
class RecordingReader {
 public:
  /// A recording or a pack. Throws InputError when the file cannot be read or a byte of it is
  /// damaged.
  static RecordingReader open(const fs::path& file);
  /// From a file's content; `name` is for messages.
  RecordingReader(std::string bytes, std::string name);

  const std::string& name() const { return name_; }
  const nlohmann::json& header() const { return header_; }
  double control_hz() const { return control_hz_; }
  const std::vector<RecordedSegment>& segments() const { return segments_; }
  std::int64_t steps() const { return steps_; }
  double seconds() const { return static_cast<double>(steps_) / control_hz_; }
  /// False when the writer did not get to its end; then the last second may be missing.
  bool finished() const { return finished_; }

  /// Block that holds a step (0 <= step < steps()); valid until the next call.
  const StepBlock& block_of(std::int64_t step);
  /// One step; valid until another block is asked for.
  const RecordedStep& step(std::int64_t step);
  /// All events in order.
  const std::vector<RecordedEvent>& events() const { return events_; }

 private:
  struct Place {
    std::int64_t first, steps;
    Chunk chunk;
  };

  void read_header(const Chunk& chunk);
  void read_segment(const Chunk& chunk);
  void read_steps(const Chunk& chunk);
  void read_index(const Chunk& chunk);
  [[noreturn]] void fail(const std::string& what) const;

  std::shared_ptr<const std::string> bytes_;  // chunks point into it
  std::string name_;
  nlohmann::json header_;
  double control_hz_ = 30;
  std::vector<RecordedSegment> segments_;
  std::vector<Place> blocks_;
  std::vector<RecordedEvent> events_;
  std::int64_t steps_ = 0;
  bool finished_ = false;
  StepBlock cached_;
};

}  // namespace foresight
