#include "sim/motion/placed_poses.h"

#include <algorithm>

#include "sim/motion/blend.h"
#include "sim/motion/clip_goals.h"
#include "sim/motion/follow_goals.h"
#include "sim/motion/foot_contacts.h"
#include "sim/motion/pose_solver.h"

namespace foresight {
namespace {

constexpr double kSwaySeconds = 0.5;  // window that takes the sway out of the travelled distance

// A standing foot keeps the placement of the middle of its contact; in the swing it goes from one
// contact's to the next one's, at the clip's ends from or to that of the frame.
void place_foot(const std::vector<Placement>& place, const std::vector<FrameInterval>& contacts,
                PointTrack& points, TurnTrack& turns) {
  const int frames = static_cast<int>(place.size());
  std::size_t next = 0;
  for (int t = 0; t < frames; ++t) {
    while (next < contacts.size() && contacts[next].end <= t) ++next;
    const bool after = next > 0, before = next < contacts.size();
    const int begin = after ? contacts[next - 1].end - 1 : 0;
    const int end = before ? contacts[next].begin : frames - 1;
    const double u = t >= end ? 1.0 : smoothstep(static_cast<double>(t - begin) / (end - begin));
    const Placement& a = place[after ? contacts[next - 1].middle() : t];
    const Placement& b = place[before ? contacts[next].middle() : t];
    const Vector3d point = points.goals.col(t);
    points.goals.col(t) = (1 - u) * a.upright(point) + u * b.upright(point);
    turns.goals[t] = quat_from_yaw((1 - u) * a.yaw + u * b.yaw) * turns.goals[t];
  }
}

}  // namespace

Vector3d Placement::ground() const {
  const Vector3d tip = lean * Vector3d(0, 0, to.z());
  return {to.x() - tip.x(), to.y() - tip.y(), 0};
}

Vector3d Placement::upright(const Vector3d& x) const {
  return ground() + Vector3d(0, 0, to.z()) + quat_from_yaw(yaw) * (x - from);
}

Vector3d Placement::leaned(const Vector3d& x) const {
  return ground() + lean * (upright(x) - ground());
}

Eigen::Matrix2Xd smooth_path(const Clip& clip) {
  const int frames = clip.frames();
  const int reach = std::max(1, static_cast<int>(0.5 * kSwaySeconds * clip.fps));
  Eigen::Matrix2Xd path(2, frames);
  for (int t = 0; t < frames; ++t) {
    const int room = std::min({reach, t, frames - 1 - t});
    path.col(t) = clip.qpos.block(0, t - room, 2, 2 * room + 1).rowwise().mean();
  }
  return path;
}

Eigen::MatrixXd placed_poses(const Character& character, const Clip& clip,
                             const std::vector<Placement>& place) {
  PoseSolver solver(character);
  RetargetGoals goals = clip_goals(character, clip, solver);
  std::vector<bool> is_foot(character.model->nbody, false);
  for (const Sole& sole : find_soles(character)) {
    is_foot[sole.body] = true;
    hold_firmly(goals, sole.body);
    const auto on = find_contacts(sole_track(sole, clip.qpos, solver), clip.fps);
    place_foot(place, intervals(on), goals.points[sole.body - 1], goals.turns[sole.body - 1]);
  }
  Eigen::MatrixXd qpos = clip.qpos;
  for (int t = 0; t < clip.frames(); ++t) {
    const Quaterniond turn = place[t].turn();
    qpos.col(t).head<3>() = place[t].leaned(place[t].from);
    quat_to_wxyz(turn * quat_from_wxyz(clip.qpos.col(t).data() + 3), qpos.col(t).data() + 3);
    for (int b = 1; b < character.model->nbody; ++b) {
      if (is_foot[b]) continue;
      auto goal = goals.points[b - 1].goals.col(t);
      goal = place[t].leaned(Vector3d(goal));
      goals.turns[b - 1].goals[t] = turn * goals.turns[b - 1].goals[t];
    }
  }
  smooth_motion(character, goals, solver, qpos);
  continuous_quaternions(qpos);
  return qpos;
}

}  // namespace foresight
