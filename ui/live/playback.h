// Playback: walks through a recording by simulating it again, so that the live controller can take
// over at any step.
#pragma once

#include "sim/recording/replay.h"

namespace foresight {

class Playback {
 public:
  /// Throws InputError when the file is damaged, empty or made with another character.
  Playback(const fs::path& file, std::shared_ptr<const Character> character);

  std::int64_t steps() const { return reader_.steps(); }
  std::int64_t position() const { return position_; }
  const std::string& name() const { return reader_.name(); }
  World& world() { return *world_; }
  /// Model of the segment that is shown.
  std::shared_ptr<const mjModel> model() const { return model_; }

  /// Goes to the state after a step (0 <= step < steps()).
  void seek(std::int64_t step);
  /// Goes one step on; false at the end.
  bool advance();
  /// Pose of character 0 after a step (nq, layout of Character).
  std::vector<double> pose(std::int64_t step);

 private:
  void enter_segment(std::int64_t step);

  std::shared_ptr<const Character> character_;
  RecordingReader reader_;
  std::shared_ptr<const mjModel> model_;
  std::unique_ptr<World> world_;
  std::int64_t segment_ = -1, position_ = 0;
};

}  // namespace foresight
