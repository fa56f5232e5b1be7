#include "sim/motion/clip_goals.h"

#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kBodyWeight = 0.2, kBodyTurnWeight = 0.01;
constexpr double kFirmWeight = 10.0, kFirmTurnWeight = 0.2;

}  // namespace

RetargetGoals clip_goals(const Character& c, const Clip& clip, PoseSolver& solver) {
  RetargetGoals goals;
  goals.frames = clip.frames();
  for (int b = 1; b < c.model->nbody; ++b) {
    goals.points.push_back(
        {"", b, Vector3d::Zero(), kBodyWeight, Eigen::Matrix3Xd(3, goals.frames)});
    goals.turns.push_back({"", b, kBodyTurnWeight, {}});
  }
  for (int t = 0; t < goals.frames; ++t) {
    const mjData& d = solver.kinematics(clip.qpos.col(t));
    for (int b = 1; b < c.model->nbody; ++b) {
      goals.points[b - 1].goals.col(t) = Eigen::Map<const Vector3d>(d.xpos + 3 * b);
      goals.turns[b - 1].goals.push_back(quat_from_wxyz(d.xquat + 4 * b));
    }
  }
  return goals;
}

void hold_firmly(RetargetGoals& goals, int body) {
  goals.points[body - 1].weight = kFirmWeight;
  goals.turns[body - 1].weight = kFirmTurnWeight;
}

}  // namespace foresight
