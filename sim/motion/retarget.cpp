#include "sim/motion/retarget.h"

#include <algorithm>
#include <vector>

#include "sim/motion/floor_height.h"
#include "sim/motion/follow_goals.h"
#include "sim/motion/foot_contacts.h"
#include "sim/motion/pose_solver.h"
#include "sim/motion/resample.h"
#include "sim/motion/retarget_goals.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kPinWeight = 10.0, kPinTurnWeight = 0.2;

// Brings the floor to z = 0: goals and poses move together. Returns the shift per frame.
Eigen::VectorXd level_floor(const Character& character, double fps, PoseSolver& solver,
                            RetargetGoals& goals, Eigen::MatrixXd& qpos) {
  const Eigen::VectorXd shift = -floor_height(character, qpos, fps, solver);
  qpos.row(2) += shift.transpose();
  for (PointTrack& track : goals.points) track.goals.row(2) += shift.transpose();
  return shift;
}

// Replaces the feet's goals by where they are plus the shift that keeps them still.
RetargetGoals pinned_goals(const std::vector<Sole>& soles, const RetargetGoals& goals, double fps,
                           const Eigen::MatrixXd& qpos, PoseSolver& solver) {
  RetargetGoals pinned = goals;
  for (const Sole& sole : soles) {
    const Eigen::Matrix3Xd shift = contact_shift(sole_track(sole, qpos, solver), fps);
    TurnTrack turns{"", sole.body, kPinTurnWeight, {}};
    PointTrack points{"", sole.body, Vector3d::Zero(), kPinWeight, shift};
    for (int t = 0; t < qpos.cols(); ++t) {
      const mjData& d = solver.kinematics(qpos.col(t));
      points.goals.col(t) += Eigen::Map<const Vector3d>(d.xpos + 3 * sole.body);
      turns.goals.push_back(quat_from_wxyz(d.xquat + 4 * sole.body));
    }
    std::erase_if(pinned.points, [&](const PointTrack& p) { return p.body == sole.body; });
    std::erase_if(pinned.turns, [&](const TurnTrack& p) { return p.body == sole.body; });
    pinned.points.push_back(std::move(points));
    pinned.turns.push_back(std::move(turns));
  }
  return pinned;
}

}  // namespace

Clip retarget(const Character& character, const SourceMotion& source,
              const RetargetOptions& options, RetargetReport* report) {
  PoseSolver solver(character);
  const std::vector<Sole> soles = find_soles(character);
  RetargetGoals goals = make_goals(character, resample(source, options.fps));
  Clip clip;
  clip.fps = options.fps;
  clip.character = character.fingerprint;
  clip.loop = source.cycle;
  clip.qpos = solve_motion(character, goals, solver);
  smooth_motion(character, goals, solver, clip.qpos);
  const Eigen::VectorXd shift = level_floor(character, options.fps, solver, goals, clip.qpos);
  if (options.contacts) {
    const RetargetGoals pinned = pinned_goals(soles, goals, options.fps, clip.qpos, solver);
    smooth_motion(character, pinned, solver, clip.qpos);
  }
  continuous_quaternions(clip.qpos);
  if (report != nullptr) {
    *report = measure_clip(character, goals, clip);
    report->floor_shift = shift;
  }
  return clip;
}

}  // namespace foresight
