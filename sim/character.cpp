#include "sim/character.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

template <typename T>
T field(const json& tables, const char* key, const fs::path& file) {
  const auto found = tables.find(key);
  if (found == tables.end()) throw InputError(file.string() + ": field \"" + key + "\" is missing");
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    throw InputError(file.string() + ": field \"" + key + "\" has the wrong type");
  }
}

json parse_tables(const fs::path& file) {
  try {
    return json::parse(read_file(file, 1 << 20));
  } catch (const json::exception& error) {
    throw InputError(file.string() + ": not valid JSON: " + error.what());
  }
}

ModelPtr compile_body(const std::string& mjcf, const fs::path& file) {
  const SpecPtr spec = parse_mjcf(mjcf, file);
  ModelPtr model(mj_compile(spec.get(), nullptr));
  if (!model) throw InputError(file.string() + ": " + mjs_getError(spec.get()));
  return model;
}

const char* name_of(const mjModel& m, mjtObj type, int id) {
  const char* name = mj_id2name(&m, type, id);
  return name ? name : "";
}

void require(const mjModel& m, mjtObj type, const std::string& name, const std::string& field_name,
             const fs::path& file) {
  if (mj_name2id(&m, type, name.c_str()) < 0) {
    throw InputError(file.string() + ": field \"" + field_name + "\" names \"" + name +
                     "\", which the MJCF does not have");
  }
}

void read_joints(Character& c) {
  const mjModel& m = *c.model;
  if (m.njnt < 2 || m.jnt_type[0] != mjJNT_FREE) {
    throw InputError(c.file.string() + ": the MJCF must start with one free joint on the root");
  }
  for (int j = 1; j < m.njnt; ++j) {
    if (m.jnt_type[j] != mjJNT_HINGE) {
      throw InputError(c.file.string() + ": joint \"" + name_of(m, mjOBJ_JOINT, j) +
                       "\" must be a hinge");
    }
    c.joint_names.emplace_back(name_of(m, mjOBJ_JOINT, j));
  }
  c.nu = m.nu;
  c.nq = m.nq;
  c.nv = m.nv;
}

void read_actuators(Character& c) {
  const mjModel& m = *c.model;
  if (m.nu != m.njnt - 1) {
    throw InputError(c.file.string() + ": every hinge needs exactly one position actuator");
  }
  c.ctrl_low.resize(m.nu);
  c.ctrl_high.resize(m.nu);
  c.kp.resize(m.nu);
  c.kv.resize(m.nu);
  c.force_limit.resize(m.nu);
  for (int i = 0; i < m.nu; ++i) {
    if (m.actuator_trnid[2 * i] != i + 1) {
      throw InputError(c.file.string() + ": actuator \"" + name_of(m, mjOBJ_ACTUATOR, i) +
                       "\" must drive joint \"" + c.joint_names[i] +
                       "\" (same order as the joints)");
    }
    c.ctrl_low[i] = m.actuator_ctrlrange[2 * i];
    c.ctrl_high[i] = m.actuator_ctrlrange[2 * i + 1];
    c.kp[i] = m.actuator_gainprm[mjNGAIN * i];
    c.kv[i] = -m.actuator_biasprm[mjNBIAS * i + 2];
    c.force_limit[i] = m.actuator_forcerange[2 * i + 1];
  }
}

void read_bodies(Character& c) {
  const mjModel& m = *c.model;
  for (int b = 1; b < m.nbody; ++b) {
    c.body_names.emplace_back(name_of(m, mjOBJ_BODY, b));
    c.body_parents.push_back(m.body_parentid[b] - 1);
  }
}

// No part of a character's identity: motion does not depend on it.
constexpr char kRadiiField[] = "key_point_radii_m";

void read_radii(Character& c, const json& tables) {
  c.key_radius.assign(c.key_points.size(), kKeyRadius);
  if (!tables.contains(kRadiiField)) return;
  c.key_radius = field<std::vector<double>>(tables, kRadiiField, c.file);
  const bool fit = std::all_of(c.key_radius.begin(), c.key_radius.end(),
                               [](double r) { return r >= 0 && r <= 1; });
  if (fit && c.key_radius.size() == c.key_points.size()) return;
  throw InputError(c.file.string() + ": field \"" + kRadiiField +
                   "\" must have one number from 0 to 1 m per key point");
}

void read_fall(Character& c, const json& tables) {
  const json fall = field<json>(tables, "fall", c.file);
  c.fall_bodies = field<std::vector<std::string>>(fall, "bodies", c.file);
  c.fall_height = field<double>(fall, "root_height_m", c.file);
  c.fall_seconds = field<double>(fall, "seconds", c.file);
}

void read_names(Character& c, const json& tables) {
  c.root_body = field<std::string>(tables, "root_body", c.file);
  c.key_points = field<std::vector<std::string>>(tables, "key_points", c.file);
  c.end_effectors = field<std::vector<std::string>>(tables, "end_effectors", c.file);
  c.feet = field<std::vector<std::string>>(tables, "feet", c.file);
  c.trunk = field<std::vector<std::string>>(tables, "trunk", c.file);
  c.retarget = field<std::map<std::string, std::string>>(tables, "retarget", c.file);
  const mjModel& m = *c.model;
  require(m, mjOBJ_BODY, c.root_body, "root_body", c.file);
  for (const auto& name : c.key_points) require(m, mjOBJ_SITE, name, "key_points", c.file);
  for (const auto& name : c.end_effectors) require(m, mjOBJ_BODY, name, "end_effectors", c.file);
  for (const auto& name : c.feet) require(m, mjOBJ_BODY, name, "feet", c.file);
  for (const auto& name : c.trunk) require(m, mjOBJ_BODY, name, "trunk", c.file);
  for (const auto& name : c.fall_bodies) require(m, mjOBJ_BODY, name, "fall.bodies", c.file);
  for (const auto& [role, name] : c.retarget) {
    if (mj_name2id(&m, mjOBJ_SITE, name.c_str()) < 0) {
      require(m, mjOBJ_BODY, name, "retarget." + role, c.file);
    }
  }
}

// Without legs no motion can be retargeted.
void require_legs(const Character& c) {
  for (const char* role :
       {"left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"}) {
    if (c.retarget.contains(role)) continue;
    throw InputError(c.file.string() + ": field \"retarget\" lacks \"" + role + "\"");
  }
}

// World tells of divergence; MuJoCo alone would write MUJOCO_LOG.TXT into the working folder.
void ignore_warning(const char*) {}

std::string other_side(std::string name) {
  if (name.starts_with("left_")) return "right_" + name.substr(5);
  if (name.starts_with("right_")) return "left_" + name.substr(6);
  return name;
}

int partner(const std::vector<std::string>& names, int i, const fs::path& file) {
  const auto found = std::find(names.begin(), names.end(), other_side(names[i]));
  if (found == names.end()) {
    throw InputError(file.string() + ": \"" + names[i] + "\" has no mirror partner \"" +
                     other_side(names[i]) + "\"");
  }
  return static_cast<int>(found - names.begin());
}

// A hinge about axis a becomes one about -(reflected a), since axes are pseudo-vectors.
double mirror_sign(const mjModel& m, int joint, int mirrored, const Character& c) {
  const mjtNum* a = m.jnt_axis + 3 * (joint + 1);
  const mjtNum* b = m.jnt_axis + 3 * (mirrored + 1);
  const double along = -a[0] * b[0] + a[1] * b[1] - a[2] * b[2];
  if (std::abs(std::abs(along) - 1) > 1e-6) {
    throw InputError(c.file.string() + ": joints \"" + c.joint_names[joint] + "\" and \"" +
                     c.joint_names[mirrored] + "\" are not mirror images of each other");
  }
  return along > 0 ? 1.0 : -1.0;
}

void build_mirror(Character& c) {
  for (int j = 0; j < c.nu; ++j) {
    c.mirror.joint.push_back(partner(c.joint_names, j, c.file));
    c.mirror.sign.push_back(mirror_sign(*c.model, j, c.mirror.joint.back(), c));
  }
  for (int k = 0; k < c.num_key_points(); ++k) {
    c.mirror.key_point.push_back(partner(c.key_points, k, c.file));
  }
  for (int e = 0; e < static_cast<int>(c.end_effectors.size()); ++e) {
    c.mirror.end_effector.push_back(partner(c.end_effectors, e, c.file));
  }
}

}  // namespace

SpecPtr parse_mjcf(const std::string& mjcf, const fs::path& file) {
  std::array<char, 1024> message{};
  SpecPtr spec(mj_parseXMLString(mjcf.c_str(), nullptr, message.data(), message.size()));
  if (!spec) throw InputError(file.string() + ": " + message.data());
  return spec;
}

std::shared_ptr<const Character> load_character(const fs::path& tables_file) {
  static std::once_flag quiet;
  std::call_once(quiet, [] { mju_user_warning = ignore_warning; });
  const json tables = parse_tables(tables_file);
  if (field<int>(tables, "format", tables_file) != 1) {
    throw InputError(tables_file.string() + ": field \"format\" must be 1");
  }
  auto character = std::make_shared<Character>();
  Character& c = *character;
  c.file = tables_file;
  c.name = field<std::string>(tables, "name", tables_file);
  const fs::path mjcf_file =
      tables_file.parent_path() / field<std::string>(tables, "mjcf", tables_file);
  c.mjcf = read_file(mjcf_file, 1 << 22);
  json identity = tables;
  identity.erase(kRadiiField);
  c.fingerprint = sha256_hex(identity.dump() + c.mjcf);
  c.control_hz = field<double>(tables, "control_hz", tables_file);
  c.substeps = field<int>(tables, "substeps", tables_file);
  c.model = compile_body(c.mjcf, mjcf_file);
  if (c.substeps < 1 || std::abs(c.model->opt.timestep * c.substeps * c.control_hz - 1) > 1e-6) {
    throw InputError(tables_file.string() +
                     ": field \"substeps\" times the MJCF's timestep must be 1 / control_hz");
  }
  read_joints(c);
  read_actuators(c);
  read_bodies(c);
  read_names(c, tables);
  read_radii(c, tables);
  require_legs(c);
  read_fall(c, tables);
  build_mirror(c);
  return character;
}

std::shared_ptr<const Character> default_character() {
  static const auto character = load_character(assets_dir() / "characters" / "humanoid.json");
  return character;
}

Eigen::VectorXd mirror_joints(const Character& character, const Eigen::VectorXd& joints) {
  Eigen::VectorXd out(joints.size());
  for (int j = 0; j < character.nu; ++j) {
    out[j] = character.mirror.sign[j] * joints[character.mirror.joint[j]];
  }
  return out;
}

Eigen::VectorXd mirror_qpos(const Character& character, const Eigen::VectorXd& qpos) {
  Eigen::VectorXd out(qpos.size());
  out.head<7>() << qpos[0], -qpos[1], qpos[2], qpos[3], -qpos[4], qpos[5], -qpos[6];
  out.tail(character.nu) = mirror_joints(character, qpos.tail(character.nu));
  return out;
}

}  // namespace foresight
