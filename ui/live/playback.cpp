#include "ui/live/playback.h"

#include <algorithm>

#include "sim/base/error.h"

namespace foresight {

Playback::Playback(const fs::path& file, std::shared_ptr<const Character> character)
    : character_(std::move(character)), reader_(RecordingReader::open(file)) {
  if (reader_.steps() == 0) throw InputError(file.string() + ": has no steps to play");
  seek(0);
}

void Playback::enter_segment(std::int64_t step) {
  const std::int64_t segment = reader_.block_of(step).segment;
  if (segment == segment_ && world_) return;
  const auto made = segment_world(reader_, segment, character_);
  model_.reset(mj_copyModel(nullptr, &made->model()), ModelDeleter());
  world_ = std::make_unique<World>(character_, made->scene(), model_);
  world_->restore(made->save());
  segment_ = segment;
}

void Playback::seek(std::int64_t step) {
  step = std::clamp<std::int64_t>(step, 0, steps() - 1);
  enter_segment(step);
  foresight::seek(reader_, step, *world_);
  position_ = step;
}

bool Playback::advance() {
  if (position_ + 1 >= steps()) return false;
  if (reader_.block_of(position_ + 1).segment != segment_) {
    seek(position_ + 1);
    return true;
  }
  std::vector<double> state = world_->save();
  for (const StateChange& change : reader_.step(++position_).changes) {
    if (change.index >= state.size()) throw InputError(name() + ": a change is out of range");
    state[change.index] = change.value;
  }
  world_->restore(state);
  world_->step();
  return true;
}

std::vector<double> Playback::pose(std::int64_t step) {
  const std::vector<double>& all =
      reader_.step(std::clamp<std::int64_t>(step, 0, steps() - 1)).qpos;
  const auto count = std::min<std::size_t>(all.size(), character_->nq);
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace foresight
