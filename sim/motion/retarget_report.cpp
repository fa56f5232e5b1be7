#include "sim/motion/retarget_report.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/motion/pose_solver.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

// Distances (m, one per frame) of a role's point to its goal.
Eigen::VectorXd errors(const PointTrack& track, const Eigen::MatrixXd& qpos, PoseSolver& solver) {
  Eigen::VectorXd out(qpos.cols());
  for (int t = 0; t < qpos.cols(); ++t) {
    const mjData& d = solver.kinematics(qpos.col(t));
    const Vector3d point = Eigen::Map<const Vector3d>(d.xpos + 3 * track.body) +
                           quat_from_wxyz(d.xquat + 4 * track.body) * track.local;
    out[t] = (track.goals.col(t) - point).norm();
  }
  return out;
}

void report_errors(const RetargetGoals& goals, const Eigen::MatrixXd& qpos, PoseSolver& solver,
                   RetargetReport& report) {
  double sum = 0;
  int count = 0;
  for (const auto& [role, mean] : {std::pair{std::string("hand"), &report.hands_cm},
                                   {"ankle", &report.feet_cm},
                                   {"head", &report.head_cm}}) {
    int tracks = 0;
    for (const PointTrack& track : goals.points) {
      if (!track.role.ends_with(role)) continue;
      const Eigen::VectorXd cm = 100 * errors(track, qpos, solver);
      *mean += cm.mean();
      ++tracks;
      report.max_error_cm = std::max(report.max_error_cm, cm.maxCoeff());
    }
    sum += *mean;
    count += tracks;
    if (tracks > 0) *mean /= tracks;
  }
  report.mean_error_cm = count > 0 ? sum / count : 0;
}

void report_speeds(const Character& c, double fps, const Eigen::MatrixXd& qpos,
                   RetargetReport& report) {
  const auto change = qpos.rightCols(qpos.cols() - 1) - qpos.leftCols(qpos.cols() - 1);
  report.max_joint_speed = fps * change.bottomRows(c.nu).cwiseAbs().maxCoeff();
  report.mean_speed = fps * change.topRows<2>().colwise().norm().mean();
}

}  // namespace

void measure_feet(const std::vector<Sole>& soles, const Clip& clip, PoseSolver& solver,
                  RetargetReport& report) {
  const Eigen::MatrixXd& qpos = clip.qpos;
  double sum = 0, low = 0;
  int count = 0;
  for (const Sole& sole : soles) {
    const auto track = sole_track(sole, qpos, solver);
    const std::vector<bool> on = find_contacts(track, clip.fps);
    const Eigen::VectorXd speed = clip.fps * sole_slip(track).colwise().norm().transpose();
    for (int t = 0; t + 1 < qpos.cols(); ++t) {
      if (on[t] && on[t + 1]) sum += speed[t], ++count;
    }
    low = std::min(low, sole_height(track).minCoeff());
  }
  report.foot_slide = count > 0 ? sum / count : 0;
  report.penetration_cm = -100 * low;
}

RetargetReport measure_clip(const Character& character, const RetargetGoals& goals,
                            const Clip& clip) {
  PoseSolver solver(character);
  RetargetReport report;
  report.scale = goals.scale;
  report_errors(goals, clip.qpos, solver, report);
  report_speeds(character, clip.fps, clip.qpos, report);
  measure_feet(find_soles(character), clip, solver, report);
  return report;
}

}  // namespace foresight
