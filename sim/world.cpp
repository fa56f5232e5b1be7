#include "sim/world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "sim/base/error.h"
#include "sim/fall.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

int find(const mjModel& m, mjtObj type, const std::string& name) {
  const int id = mj_name2id(&m, type, name.c_str());
  FS_CHECK(id >= 0);
  return id;
}

std::vector<int> find_all(const mjModel& m, mjtObj type, const std::vector<std::string>& names,
                          const std::string& prefix) {
  std::vector<int> ids;
  for (const std::string& name : names) ids.push_back(find(m, type, prefix + name));
  return ids;
}

std::vector<int> geoms_of(const mjModel& m, const std::vector<int>& bodies, bool numbered) {
  std::vector<int> owner(m.ngeom, 0);
  for (int g = 0; g < m.ngeom; ++g) {
    const auto found = std::find(bodies.begin(), bodies.end(), m.geom_bodyid[g]);
    if (found != bodies.end())
      owner[g] = numbered ? static_cast<int>(found - bodies.begin()) + 1 : 1;
  }
  return owner;
}

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

// Derived quantities of the current state; MuJoCo's step leaves them one substep old.
void update_derived(const mjModel& m, mjData& d) {
  mj_kinematics(&m, &d);
  mj_comPos(&m, &d);
  mj_comVel(&m, &d);
}

bool diverged(const mjModel& m, const mjData& d) {
  if (d.warning[mjWARN_BADQPOS].number || d.warning[mjWARN_BADQVEL].number ||
      d.warning[mjWARN_BADQACC].number) {
    return true;
  }
  return !all_finite({d.qpos, static_cast<std::size_t>(m.nq)}) ||
         !all_finite({d.qvel, static_cast<std::size_t>(m.nv)});
}

}  // namespace

CharacterIndex index_character(const Character& character, const mjModel& model, int which) {
  const std::string prefix = which == 0 ? "" : "c" + std::to_string(which) + "/";
  CharacterIndex index;
  const int root = find(model, mjOBJ_BODY, prefix + character.root_body);
  const int joint = model.body_jntadr[root];
  index.qpos = model.jnt_qposadr[joint];
  index.qvel = model.jnt_dofadr[joint];
  index.ctrl =
      find(model, mjOBJ_ACTUATOR, prefix + mj_id2name(character.model.get(), mjOBJ_ACTUATOR, 0));
  index.bodies = find_all(model, mjOBJ_BODY, character.body_names, prefix);
  index.key_sites = find_all(model, mjOBJ_SITE, character.key_points, prefix);
  index.end_effectors = find_all(model, mjOBJ_BODY, character.end_effectors, prefix);
  index.feet = find_all(model, mjOBJ_BODY, character.feet, prefix);
  index.geom_owner_is_fall =
      geoms_of(model, find_all(model, mjOBJ_BODY, character.fall_bodies, prefix), false);
  index.geom_owner_is_trunk =
      geoms_of(model, find_all(model, mjOBJ_BODY, character.trunk, prefix), false);
  index.geom_owner_is_foot = geoms_of(model, index.feet, true);
  return index;
}

void read_body_state(const mjModel& m, const mjData& d, const CharacterIndex& index,
                     BodyState& out) {
  const double* q = d.qpos + index.qpos;
  const double* v = d.qvel + index.qvel;
  out.root_position = Vector3d(q[0], q[1], q[2]);
  out.root_rotation = quat_from_wxyz(q + 3).normalized();
  out.root_velocity = Vector3d(v[0], v[1], v[2]);
  out.root_angular_velocity = out.root_rotation * Vector3d(v[3], v[4], v[5]);
  const int keys = static_cast<int>(index.key_sites.size());
  out.key_position.resize(3, keys);
  out.key_velocity.resize(3, keys);
  for (int k = 0; k < keys; ++k) {
    const int site = index.key_sites[k];
    mjtNum velocity[6];
    mj_objectVelocity(&m, &d, mjOBJ_SITE, site, velocity, 0);
    out.key_position.col(k) = Eigen::Map<const Vector3d>(d.site_xpos + 3 * site);
    out.key_velocity.col(k) = Eigen::Map<const Vector3d>(velocity + 3);
  }
  out.end_effector_rotation.resize(index.end_effectors.size());
  for (std::size_t e = 0; e < index.end_effectors.size(); ++e) {
    out.end_effector_rotation[e] = quat_from_wxyz(d.xquat + 4 * index.end_effectors[e]);
  }
}

World::World(std::shared_ptr<const Character> character, const Scene& scene)
    : World(character, scene, std::shared_ptr<const mjModel>(compile_scene(*character, scene))) {}

World::World(std::shared_ptr<const Character> character, const Scene& scene,
             std::shared_ptr<const mjModel> compiled)
    : character_(std::move(character)),
      scene_(scene),
      model_(std::move(compiled)),
      data_(mj_makeData(model_.get())) {
  init();
}

void World::init() {
  for (int i = 0; i < scene_.characters; ++i) {
    index_.push_back(index_character(*character_, *model_, i));
  }
  fall_.resize(index_.size());
  geom_is_object_.assign(model_->ngeom, 0);
  for (int g = 0; g < model_->ngeom; ++g) {
    const char* name = mj_id2name(model_.get(), mjOBJ_GEOM, g);
    geom_is_object_[g] = name != nullptr && std::strncmp(name, "scene/", 6) == 0;
  }
  for (std::size_t i = 0; i < scene_.objects.size(); ++i) {
    const std::string& given = scene_.objects[i].name;
    const std::string name = given.empty() ? "object" + std::to_string(i) : given;
    const int body = find(*model_, mjOBJ_BODY, "scene/" + name);
    object_mocap_.push_back(model_->body_mocapid[body]);
    object_joint_.push_back(model_->body_jntnum[body] > 0 ? model_->body_jntadr[body] : -1);
  }
  backup_.resize(mj_stateSize(model_.get(), mjSTATE_INTEGRATION));
  update_derived(*model_, *data_);
}

void World::set_state(std::span<const double> qpos, std::span<const double> qvel, int which) {
  FS_CHECK(static_cast<int>(qpos.size()) == character_->nq);
  FS_CHECK(static_cast<int>(qvel.size()) == character_->nv);
  const CharacterIndex& index = index_[which];
  std::copy(qpos.begin(), qpos.end(), data_->qpos + index.qpos);
  std::copy(qvel.begin(), qvel.end(), data_->qvel + index.qvel);
  for (int j = 0; j < character_->nu; ++j) {
    data_->ctrl[index.ctrl + j] =
        std::clamp(qpos[7 + j], character_->ctrl_low[j], character_->ctrl_high[j]);
  }
  std::fill_n(data_->qacc_warmstart, model_->nv, 0.0);
  fall_[which] = {};
  update_derived(*model_, *data_);
}

std::span<const double> World::qpos(int which) const {
  return {data_->qpos + index_[which].qpos, static_cast<std::size_t>(character_->nq)};
}

std::span<const double> World::qvel(int which) const {
  return {data_->qvel + index_[which].qvel, static_cast<std::size_t>(character_->nv)};
}

bool World::set_action(std::span<const double> action, int which) {
  FS_CHECK(static_cast<int>(action.size()) == character_->nu);
  if (!all_finite(action)) return false;
  for (int j = 0; j < character_->nu; ++j) {
    data_->ctrl[index_[which].ctrl + j] =
        std::clamp(action[j], character_->ctrl_low[j], character_->ctrl_high[j]);
  }
  return true;
}

StepStatus World::step() {
  mj_getState(model_.get(), data_.get(), backup_.data(), mjSTATE_INTEGRATION);
  for (int i = 0; i < character_->substeps; ++i) mj_step(model_.get(), data_.get());
  if (diverged(*model_, *data_)) {
    mj_resetData(model_.get(), data_.get());
    mj_setState(model_.get(), data_.get(), backup_.data(), mjSTATE_INTEGRATION);
    update_derived(*model_, *data_);
    return StepStatus::kDiverged;
  }
  update_derived(*model_, *data_);
  for (int i = 0; i < num_characters(); ++i) update_fall(i);
  return StepStatus::kOk;
}

void World::kick(const Eigen::Vector2d& velocity, int which) {
  data_->qvel[index_[which].qvel] += velocity.x();
  data_->qvel[index_[which].qvel + 1] += velocity.y();
  update_derived(*model_, *data_);
}

void World::set_force(int body_id, const Eigen::Vector3d& force) {
  std::copy(force.data(), force.data() + 3, data_->xfrc_applied + 6 * body_id);
}

void World::move_object(int object, const Eigen::Vector3d& position) {
  FS_CHECK(object_mocap_.at(object) >= 0);
  std::copy(position.data(), position.data() + 3, data_->mocap_pos + 3 * object_mocap_[object]);
}

void World::throw_object(int object, const Eigen::Vector3d& position,
                         const Eigen::Vector3d& velocity) {
  const int joint = object_joint_.at(object);
  FS_CHECK(joint >= 0);
  double* qpos = data_->qpos + model_->jnt_qposadr[joint];
  double* qvel = data_->qvel + model_->jnt_dofadr[joint];
  const std::array<double, 7> pose{position.x(), position.y(), position.z(), 1, 0, 0, 0};
  std::copy(pose.begin(), pose.end(), qpos);
  std::copy(velocity.data(), velocity.data() + 3, qvel);
  std::fill_n(qvel + 3, 3, 0.0);
  update_derived(*model_, *data_);
}

Eigen::Vector3d World::object_position(int object) const {
  if (const int joint = object_joint_.at(object); joint >= 0) {
    return Eigen::Map<const Vector3d>(data_->qpos + model_->jnt_qposadr[joint]);
  }
  const int mocap = object_mocap_.at(object);
  if (mocap < 0) return scene_.objects[object].position;
  return Eigen::Map<const Vector3d>(data_->mocap_pos + 3 * mocap);
}

void World::update_fall(int which) {
  const double floor = scene_.floor ? scene_.floor_z : 0.0;
  judge_fall(*character_, index_[which], *model_, *data_, floor, fall_[which]);
}

bool World::trunk_contact(int which) const {
  const std::vector<int>& trunk = index_[which].geom_owner_is_trunk;
  for (int c = 0; c < data_->ncon; ++c) {
    const int a = data_->contact[c].geom[0], b = data_->contact[c].geom[1];
    if ((geom_is_object_[a] && trunk[b]) || (geom_is_object_[b] && trunk[a])) return true;
  }
  return false;
}

std::vector<bool> World::foot_contacts(int which) const {
  const std::vector<int>& foot = index_[which].geom_owner_is_foot;
  std::vector<bool> touching(index_[which].feet.size(), false);
  for (int c = 0; c < data_->ncon; ++c) {
    for (const int geom : {data_->contact[c].geom[0], data_->contact[c].geom[1]}) {
      if (foot[geom]) touching[foot[geom] - 1] = true;
    }
  }
  return touching;
}

std::vector<double> World::save() const {
  const int size = mj_stateSize(model_.get(), mjSTATE_INTEGRATION);
  std::vector<double> state(size);
  mj_getState(model_.get(), data_.get(), state.data(), mjSTATE_INTEGRATION);
  for (const FallMonitor& fall : fall_) {
    state.push_back(fall.low_seconds);
    state.push_back(fall.fallen ? 1 : 0);
  }
  return state;
}

void World::restore(std::span<const double> state) {
  const std::size_t size = mj_stateSize(model_.get(), mjSTATE_INTEGRATION);
  FS_CHECK(state.size() == size + 2 * fall_.size());
  mj_setState(model_.get(), data_.get(), state.data(), mjSTATE_INTEGRATION);
  for (std::size_t i = 0; i < fall_.size(); ++i) {
    fall_[i] = {state[size + 2 * i], state[size + 2 * i + 1] != 0};
  }
  update_derived(*model_, *data_);
  mj_collision(model_.get(), data_.get());
}

std::uint64_t World::state_hash() const {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const double value : save()) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    for (int i = 0; i < 8; ++i) hash = (hash ^ ((bits >> (8 * i)) & 255)) * 1099511628211ULL;
  }
  return hash;
}

}  // namespace foresight
