// What the window sees of a simulation.

#include "controller/task_run.h"
#include "sim/rotation.h"
#include "ui/live/simulation.h"

namespace foresight {
namespace {

void add_contacts(const World& world, std::vector<ContactForce>& out) {
  const mjData& d = world.data();
  for (int c = 0; c < d.ncon; ++c) {
    mjtNum force[6];
    mj_contactForce(&world.model(), &d, c, force);
    const Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>> frame(d.contact[c].frame);
    const Vector3d world_force = frame.transpose() * Vector3d(force[0], force[1], force[2]);
    if (world_force.norm() < 1) continue;
    out.push_back({Eigen::Map<const Vector3d>(d.contact[c].pos), world_force});
  }
}

void copy_pose(const World& world, Snapshot& s) {
  const mjModel& m = world.model();
  s.time = world.time();
  s.qpos.assign(world.data().qpos, world.data().qpos + m.nq);
  s.mocap.assign(world.data().mocap_pos, world.data().mocap_pos + 3 * m.nmocap);
}

CharacterView character_view(const BodyState& body, bool fallen) {
  CharacterView view;
  view.fallen = fallen;
  view.root_position = body.root_position;
  view.yaw = yaw_of(body.root_rotation);
  view.speed = body.root_velocity.head<2>().norm();
  return view;
}

}  // namespace

Snapshot Simulation::snapshot() const {
  Snapshot s;
  World& world = playback_ ? playback_->world() : *world_;
  copy_pose(world, s);
  s.model = playback_ ? playback_->model() : scene_->model;
  s.step = playback_ ? playback_->position() : step_;
  s.teleport = teleport_;
  s.setup = shown_ ? history_.at(*shown_).setup : setup_;
  s.message = message_;
  s.success = success_;
  s.failure = failure_;
  s.falls = falls_;
  s.has_model = model_ != nullptr;
  BodyState body;
  for (int i = 0; i < world.num_characters(); ++i) {
    world.body_state(body, i);
    s.characters.push_back(character_view(body, world.fall(i).fallen));
    if (playback_) continue;
    const Actor& actor = actors_[i];
    s.characters[i].plan_age = actor.age;
    if (actor.driver && !actor.rising) s.characters[i].plan = actor.driver->plan();
    if (shown_) s.characters[i].plan = history_.at(*shown_).characters[i].plan;
  }
  s.timeline = timeline();
  if (!playback_) s.around = around_;
  if (settings_.show_contacts) add_contacts(world, s.contacts);
  if (recording_) s.recorded = static_cast<double>(recording_->steps()) / character_->control_hz;
  s.key_poses = key_poses_.has_value();
  if (track_) {
    s.reference = track_->pose();
    s.track_error = track_->error();
  }
  if (reference_) s.reference = reference_->pose(step_ + reference_shift_);
  return s;
}

Timeline Simulation::timeline() const {
  if (playback_) return {0, playback_->steps() - 1, playback_->position(), false, true};
  if (history_.empty()) return {step_, step_, step_, false, false};
  const std::int64_t last = std::max(step_, history_.newest());
  return {history_.oldest(), last, shown_.value_or(last), shown_.has_value(), false};
}

}  // namespace foresight
