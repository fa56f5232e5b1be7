#include "sim/motion/bend_path.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/motion/blend.h"
#include "sim/motion/clip_goals.h"
#include "sim/motion/follow_goals.h"
#include "sim/motion/foot_contacts.h"
#include "sim/motion/pose_solver.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kSwaySeconds = 0.5;  // window that takes the sway out of the travelled distance
constexpr double kGravity = 9.81;     // m/s^2
constexpr double kMaxLean = 0.5;      // rad

// Where a frame of the original goes: turned about the vertical through `from` and moved to `to`.
// The body leans into the curve about a point on the ground, which is as far outside the path as
// brings the root back onto it; the feet stay level beside that point.
struct Placement {
  double yaw;
  Quaterniond lean;
  Vector3d from, to;

  Vector3d ground() const {
    const Vector3d tip = lean * Vector3d(0, 0, to.z());
    return {to.x() - tip.x(), to.y() - tip.y(), 0};
  }
  Vector3d upright(const Vector3d& x) const {
    return ground() + Vector3d(0, 0, to.z()) + quat_from_yaw(yaw) * (x - from);
  }
  Vector3d leaned(const Vector3d& x) const { return ground() + lean * (upright(x) - ground()); }
  Quaterniond turn() const { return lean * quat_from_yaw(yaw); }
};

// The root's horizontal path without the sway of the steps, m.
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

// Lean that balances the centripetal acceleration at frame t, from the mean velocity around it.
Quaterniond lean_at(const Eigen::Matrix2Xd& path, int t, double fps, double curvature, double yaw) {
  const int reach = std::max(1, static_cast<int>(0.5 * kSwaySeconds * fps));
  const int a = std::max(t - reach, 0), b = std::min<int>(t + reach, path.cols() - 1);
  const Eigen::Vector2d velocity = fps / std::max(b - a, 1) * (path.col(b) - path.col(a));
  const double speed = velocity.norm();
  if (speed < 1e-6) return Quaterniond::Identity();
  const double angle = std::atan(speed * speed * curvature / kGravity);
  const Vector3d along(velocity.x() / speed, velocity.y() / speed, 0);
  return quat_from_rotvec(-std::clamp(angle, -kMaxLean, kMaxLean) * (quat_from_yaw(yaw) * along));
}

std::vector<Placement> placements(const Clip& clip, double curvature) {
  const Eigen::Matrix2Xd path = smooth_path(clip);
  std::vector<Placement> out;
  Vector3d to = clip.qpos.col(0).head<3>();
  double yaw = 0;
  for (int t = 0; t < clip.frames(); ++t) {
    const Vector3d from = clip.qpos.col(t).head<3>();
    if (t > 0) {
      const double turn = curvature * (path.col(t) - path.col(t - 1)).norm();
      to += quat_from_yaw(yaw + 0.5 * turn) * (from - out.back().from);
      yaw += turn;
    }
    out.push_back({yaw, lean_at(path, t, clip.fps, curvature, yaw), from, to});
  }
  return out;
}

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

Eigen::MatrixXd bent_poses(const Character& character, const Clip& clip, double curvature) {
  PoseSolver solver(character);
  const std::vector<Placement> place = placements(clip, curvature);
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
