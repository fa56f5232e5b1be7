#include "sim/motion/gestures.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "sim/base/error.h"
#include "sim/motion/blend.h"

namespace foresight {
namespace {

using Eigen::Vector3d;

constexpr int kDraws = 300;        // poses tried per gesture
constexpr double kComfort = 4e-3;  // m^2 / rad^2, prefers small angles
constexpr double kDegrees = std::numbers::pi / 180;

struct Arm {
  std::vector<int> joints;  // of the model
  int shoulder, hand;       // body, site
  double side;              // 1: left
};

int role_id(const Character& c, int kind, const std::string& role) {
  const auto found = c.retarget.find(role);
  const int id =
      found == c.retarget.end() ? -1 : mj_name2id(c.model.get(), kind, found->second.c_str());
  if (id < 0) {
    throw InputError(c.file.string() + ": \"retarget\" names no " + role + ", which gestures need");
  }
  return id;
}

Arm find_arm(const Character& c, const std::string& side) {
  const mjModel& m = *c.model;
  Arm arm{{},
          role_id(c, mjOBJ_BODY, side + "_shoulder"),
          role_id(c, mjOBJ_SITE, side + "_hand"),
          side == "left" ? 1.0 : -1.0};
  const int elbow = role_id(c, mjOBJ_BODY, side + "_elbow");
  for (int j = 0; j < m.njnt; ++j) {
    if (m.jnt_bodyid[j] == arm.shoulder || m.jnt_bodyid[j] == elbow) arm.joints.push_back(j);
  }
  return arm;
}

// From the shoulder, in a frame that looks ahead.
Vector3d random_place(const Arm& arm, Rng& rng) {
  const double far = rng.uniform(0.25, 0.53);
  const double up = rng.uniform(-0.9, 0.7) * far, flat = std::sqrt(far * far - up * up);
  const double angle = arm.side * rng.uniform(-45 * kDegrees, 100 * kDegrees);
  return {flat * std::cos(angle), flat * std::sin(angle), up};
}

// Angles that bring the hand of the upright body near the place.
Eigen::VectorXd arm_pose(const Character& c, const Arm& arm, mjData& data, Rng& rng) {
  const mjModel& m = *c.model;
  const Vector3d place = random_place(arm, rng);
  const auto count = static_cast<Eigen::Index>(arm.joints.size());
  Eigen::VectorXd best(count), angles(count);
  double least = std::numeric_limits<double>::infinity();
  for (int draw = 0; draw < kDraws; ++draw) {
    mj_resetData(&m, &data);
    for (Eigen::Index i = 0; i < count; ++i) {
      const int j = arm.joints[i];
      angles[i] = rng.uniform(m.jnt_range[2 * j], m.jnt_range[2 * j + 1]);
      data.qpos[m.jnt_qposadr[j]] = angles[i];
    }
    mj_kinematics(&m, &data);
    const Eigen::Map<const Vector3d> shoulder(data.xpos + 3 * arm.shoulder);
    const Eigen::Map<const Vector3d> hand(data.site_xpos + 3 * arm.hand);
    const double cost = (hand - shoulder - place).squaredNorm() + kComfort * angles.squaredNorm();
    if (cost < least) {
      least = cost;
      best = angles;
    }
  }
  return best;
}

void add_gestures_of(const Character& c, const Arm& arm, mjData& data, Rng& rng, Clip& clip) {
  double begin = rng.uniform(0, 4);
  while (begin < clip.seconds()) {
    const double out = rng.uniform(0.45, 0.9), hold = rng.uniform(0.1, 1.2);
    const double back = rng.uniform(0.45, 0.9), end = begin + out + hold + back;
    const Eigen::VectorXd pose = arm_pose(c, arm, data, rng);
    for (int t = 0; t < clip.frames(); ++t) {
      const double now = t / clip.fps;
      const double share = least_jerk((now - begin) / out) * least_jerk((end - now) / back);
      for (std::size_t i = 0; share > 0 && i < arm.joints.size(); ++i) {
        double& angle = clip.qpos(c.model->jnt_qposadr[arm.joints[i]], t);
        angle += share * (pose[static_cast<Eigen::Index>(i)] - angle);
      }
    }
    begin = end + rng.uniform(0, 4);
  }
}

}  // namespace

Clip add_gestures(const Character& character, const Clip& clip, Rng& rng) {
  const DataPtr data(mj_makeData(character.model.get()));
  Clip out = clip;
  for (const char* side : {"right", "left"}) {
    add_gestures_of(character, find_arm(character, side), *data, rng, out);
  }
  return out;
}

}  // namespace foresight
