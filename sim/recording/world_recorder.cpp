#include "sim/recording/world_recorder.h"

#include <bit>

#include "sim/base/error.h"

namespace foresight {
std::string model_sha256(const mjModel& model) {
  std::string bytes(mj_sizeModel(&model), '\0');
  mj_saveModel(&model, nullptr, bytes.data(), static_cast<mjtSize>(bytes.size()));
  return sha256_hex(bytes);
}

SegmentStart segment_start(const World& world, nlohmann::json info) {
  return {to_json(world.scene()), scene_xml(world.character(), world.scene()),
          model_sha256(world.model()), world.save(), std::move(info)};
}

WorldRecorder::WorldRecorder(Recording& recording, const World& world, nlohmann::json info)
    : recording_(recording), last_(world.save()) {
  recording.begin_segment(segment_start(world, std::move(info)));
}

void WorldRecorder::before_step(const World& world) {
  const std::vector<double> now = world.save();
  FS_CHECK(now.size() == last_.size());
  step_ = {};
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(now[i]) != std::bit_cast<std::uint64_t>(last_[i])) {
      step_.changes.push_back({static_cast<std::uint32_t>(i), now[i]});
    }
  }
}

void WorldRecorder::after_step(const World& world, StepStatus status, Channels channels) {
  const mjModel& m = world.model();
  const mjData& d = world.data();
  step_.status = status;
  step_.hash = world.state_hash();
  step_.qpos.assign(d.qpos, d.qpos + m.nq);
  step_.qvel.assign(d.qvel, d.qvel + m.nv);
  step_.channels = std::move(channels);
  recording_.step(std::move(step_), last_);
  last_ = world.save();
}

}  // namespace foresight
