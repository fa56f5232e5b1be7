#include "sim/recording/replay.h"

#include <cstring>

#include "sim/base/error.h"
#include "sim/recording/world_recorder.h"

namespace foresight {
namespace {

void apply_changes(const RecordedStep& step, std::vector<double>& state, World& world,
                   const std::string& name) {
  if (step.changes.empty()) return;
  for (const StateChange& change : step.changes) {
    if (change.index >= state.size()) throw InputError(name + ": a change is out of range");
    state[change.index] = change.value;
  }
  world.restore(state);
}

StepStatus take_step(std::vector<double>& state, World& world) {
  const StepStatus status = world.step();
  state = world.save();
  return status;
}

// Name of the joint that entry `i` of qpos or qvel belongs to.
std::string joint_at(const mjModel& m, const int* address, int i) {
  int joint = 0;
  while (joint + 1 < m.njnt && address[joint + 1] <= i) ++joint;
  const char* name = mj_id2name(&m, mjOBJ_JOINT, joint);
  return (name ? std::string(name) : "joint " + std::to_string(joint)) + "[" +
         std::to_string(i - address[joint]) + "]";
}

std::optional<ReplayDifference> first_difference(const std::vector<double>& recorded,
                                                 const double* simulated, const char* what,
                                                 const int* address, const mjModel& m) {
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (std::memcmp(&recorded[i], simulated + i, sizeof(double)) == 0) continue;
    return ReplayDifference{0,
                            std::string(what) + " of " + joint_at(m, address, static_cast<int>(i)),
                            recorded[i], simulated[i]};
  }
  return std::nullopt;
}

std::optional<ReplayDifference> compare(const RecordedStep& step, StepStatus status,
                                        const World& world, const std::string& name) {
  const mjModel& m = world.model();
  if (step.qpos.size() != static_cast<std::size_t>(m.nq) ||
      step.qvel.size() != static_cast<std::size_t>(m.nv)) {
    throw InputError(name + ": a step has another number of joints than its scene");
  }
  if (status != step.status) {
    return ReplayDifference{0, "status", static_cast<double>(step.status),
                            static_cast<double>(status)};
  }
  if (world.state_hash() == step.hash) return std::nullopt;
  auto found = first_difference(step.qpos, world.data().qpos, "qpos", m.jnt_qposadr, m);
  if (!found) found = first_difference(step.qvel, world.data().qvel, "qvel", m.jnt_dofadr, m);
  return found ? found : ReplayDifference{0, "state besides qpos and qvel (hash)", 0, 0};
}

}  // namespace

std::unique_ptr<World> segment_world(const RecordingReader& reader, std::int64_t segment,
                                     std::shared_ptr<const Character> character) {
  const RecordedSegment& s = reader.segments().at(segment);
  const std::string made_with = reader.header().value("fingerprint", "");
  if (made_with != character->fingerprint) {
    throw InputError(reader.name() + ": was recorded with the character \"" +
                     reader.header().value("character", "?") + "\" " + made_with.substr(0, 12) +
                     ", not with \"" + character->name + "\" " +
                     character->fingerprint.substr(0, 12) + "; pass --character");
  }
  auto world = std::make_unique<World>(character, scene_from_json(s.start.scene));
  if (world->save().size() != s.start.state.size()) {
    throw InputError(reader.name() + ": the state of segment " + std::to_string(segment) +
                     " does not fit its scene");
  }
  world->restore(s.start.state);
  return world;
}

ReplayReport replay(RecordingReader& reader, std::shared_ptr<const Character> character,
                    const ReplayObserver& after, const ReplayObserver& before) {
  ReplayReport report;
  for (std::size_t i = 0; i < reader.segments().size(); ++i) {
    const auto world = segment_world(reader, static_cast<std::int64_t>(i), character);
    const RecordedSegment& segment = reader.segments()[i];
    if (model_sha256(world->model()) != segment.start.model_sha256) report.same_models = false;
    std::vector<double> state = segment.start.state;
    for (std::int64_t n = segment.first; n < segment.first + segment.steps; ++n) {
      const RecordedStep& step = reader.step(n);
      apply_changes(step, state, *world, reader.name());
      if (before) before(n, *world);
      const StepStatus status = take_step(state, *world);
      ++report.steps;
      if (after) after(n, *world);
      report.difference = compare(reader.step(n), status, *world, reader.name());
      if (!report.difference) continue;
      report.difference->step = n;
      return report;
    }
  }
  return report;
}

void seek(RecordingReader& reader, std::int64_t step, World& world) {
  const StepBlock& block = reader.block_of(step);
  std::vector<double> state = block.state;
  if (state.size() != world.save().size()) {
    throw InputError(reader.name() + ": step " + std::to_string(step) +
                     " belongs to another scene");
  }
  world.restore(state);
  for (std::int64_t n = block.first; n <= step; ++n) {
    apply_changes(block.steps[n - block.first], state, world, reader.name());
    take_step(state, world);
  }
}

}  // namespace foresight
