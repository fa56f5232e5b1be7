#include "sim/export/skeleton.h"

#include "sim/rotation.h"

namespace foresight {
namespace {

int body_id(const mjModel& m, const std::string& name) {
  return mj_name2id(&m, mjOBJ_BODY, name.c_str());
}

// Rotation that stretches a limb sideways, from where its next joint hangs in the zero pose.
Quaterniond stretched(const Character& c, const std::string& side, int body) {
  const auto shoulder = c.retarget.find(side + "_shoulder"),
             elbow = c.retarget.find(side + "_elbow");
  if (shoulder == c.retarget.end() || elbow == c.retarget.end() ||
      body_id(*c.model, shoulder->second) != body) {
    return Quaterniond::Identity();
  }
  const int next = body_id(*c.model, elbow->second);
  if (next < 0 || c.model->body_parentid[next] != body) return Quaterniond::Identity();
  const Vector3d down = Eigen::Map<const Vector3d>(c.model->body_pos + 3 * next);
  return Quaterniond::FromTwoVectors(down, Vector3d(0, side == "left" ? 1 : -1, 0));
}

// The end of a link: its key point, and the role that point has.
void set_tip(const Character& c, SkeletonJoint& joint) {
  joint.tip = joint.rest * Vector3d(0, 0, -0.1);
  for (const std::string& site : c.key_points) {
    const int id = mj_name2id(c.model.get(), mjOBJ_SITE, site.c_str());
    if (c.model->site_bodyid[id] != joint.body) continue;
    joint.tip = joint.rest * Eigen::Map<const Vector3d>(c.model->site_pos + 3 * id);
    for (const auto& [role, target] : c.retarget) {
      if (target == site) joint.tip_name = role;
    }
  }
}

}  // namespace

std::vector<SkeletonJoint> skeleton_of(const Character& c) {
  const mjModel& m = *c.model;
  std::vector<SkeletonJoint> joints;
  for (int i = 0; i < c.num_bodies(); ++i) {
    SkeletonJoint joint;
    joint.name = c.body_names[i];
    joint.parent = c.body_parents[i];
    joint.body = body_id(m, joint.name);
    const Quaterniond parent =
        joint.parent < 0 ? Quaterniond::Identity() : joints[joint.parent].rest;
    joint.offset = parent * Eigen::Map<const Vector3d>(m.body_pos + 3 * joint.body);
    if (joint.parent < 0) joint.offset.setZero();
    if (joint.parent >= 0) joints[joint.parent].leaf = false;
    joint.rest = parent * quat_from_wxyz(m.body_quat + 4 * joint.body) *
                 stretched(c, "left", joint.body) * stretched(c, "right", joint.body);
    set_tip(c, joint);
    joints.push_back(joint);
  }
  return joints;
}

std::vector<Eigen::Quaterniond> turns_from_rest(const std::vector<SkeletonJoint>& skeleton,
                                                const double* xquat) {
  std::vector<Quaterniond> turns;
  for (const SkeletonJoint& joint : skeleton) {
    turns.push_back(quat_from_wxyz(xquat + 4 * joint.body) * joint.rest.conjugate());
  }
  return turns;
}

}  // namespace foresight
