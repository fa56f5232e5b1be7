#include "sim/motion/retarget.h"

#include <gtest/gtest.h>

#include "sim/base/error.h"
#include "sim/motion/pose_solver.h"
#include "sim/motion/resample.h"
#include "sim/rotation.h"
#include "tests/sim/motion/motion_fixtures.h"

namespace foresight {
namespace {

Eigen::VectorXd swinging_pose(const Character& c, double t) {
  Eigen::VectorXd qpos = Eigen::VectorXd::Zero(c.nq);
  qpos.head<3>() << 0.5 * t, 0.1 * std::sin(t), 0.9;
  quat_to_wxyz(quat_from_yaw(0.5 * t) * quat_from_rotvec({0.1 * std::sin(3 * t), 0.1, 0}),
               &qpos[3]);
  for (int j = 0; j < c.nu; ++j) {
    const int joint = j + 1;
    const double low = c.model->jnt_range[2 * joint], high = c.model->jnt_range[2 * joint + 1];
    const double middle = 0.5 * (std::max(low, -0.8) + std::min(high, 0.8));
    qpos[7 + j] = middle + 0.25 * std::sin(2 * t + j);
  }
  return qpos;
}

Vector3d role_point(const Character& c, const mjData& d, const std::string& name) {
  const int site = mj_name2id(c.model.get(), mjOBJ_SITE, name.c_str());
  if (site >= 0) return Eigen::Map<const Vector3d>(d.site_xpos + 3 * site);
  return Eigen::Map<const Vector3d>(d.xpos +
                                    3 * mj_name2id(c.model.get(), mjOBJ_BODY, name.c_str()));
}

// What a capture of the character itself would give, at `size` times its size.
SourceMotion captured(const Character& c, int frames, double fps, double size) {
  PoseSolver solver(c);
  SourceMotion m;
  m.fps = fps;
  m.segments_aligned = true;
  for (const auto& [role, name] : c.retarget) {
    m.roles[role] = static_cast<int>(m.joints.size());
    m.joints.push_back(name);
  }
  for (const char* role : {"head", "left_ankle", "right_ankle"})
    m.segments[role] = m.roles.at(role);
  for (int t = 0; t < frames; ++t) {
    const mjData& d = solver.kinematics(swinging_pose(c, t / fps));
    Eigen::Matrix3Xd positions(3, m.joints.size());
    std::vector<Quaterniond> turns;
    for (std::size_t j = 0; j < m.joints.size(); ++j) {
      positions.col(j) = size * role_point(c, d, m.joints[j]);
      const int body = mj_name2id(c.model.get(), mjOBJ_BODY, m.joints[j].c_str());
      turns.push_back(body < 0 ? Quaterniond::Identity() : quat_from_wxyz(d.xquat + 4 * body));
    }
    m.positions.push_back(positions);
    m.rotations.push_back(turns);
  }
  return m;
}

TEST(PoseSolver, ReachesGoalsAndKeepsLimits) {
  const auto c = default_character();
  PoseSolver solver(*c);
  const Eigen::VectorXd truth = swinging_pose(*c, 0.7);
  PoseProblem problem;
  const mjData& d = solver.kinematics(truth);
  for (int b = 1; b < c->model->nbody; ++b) {
    problem.points.push_back({b, {0, 0, 0}, Eigen::Map<const Vector3d>(d.xpos + 3 * b), 1.0});
    problem.turns.push_back({b, quat_from_wxyz(d.xquat + 4 * b), 0.1});
  }
  Eigen::VectorXd qpos = Eigen::Map<const Eigen::VectorXd>(c->model->qpos0, c->nq);
  EXPECT_LT(solver.solve(problem, qpos, 100), 1e-8);
  // A goal out of reach: joints stop at their limits.
  for (PointGoal& goal : problem.points) goal.goal += Vector3d(goal.body, -goal.body, 5);
  solver.solve(problem, qpos, 100);
  for (int j = 1; j < c->model->njnt; ++j) {
    EXPECT_GE(qpos[6 + j], c->model->jnt_range[2 * j] - 1e-12);
    EXPECT_LE(qpos[6 + j], c->model->jnt_range[2 * j + 1] + 1e-12);
  }
}

TEST(Retarget, RecoversTheCharactersOwnMotionAtAnySize) {
  const auto c = default_character();
  PoseSolver solver(*c), truth_solver(*c);
  for (const double size : {1.0, 1.2}) {
    RetargetReport report;
    const Clip clip = retarget(*c, captured(*c, 121, 60, size), {30, false}, &report);
    ASSERT_EQ(clip.frames(), 61);
    EXPECT_NEAR(report.scale, 1 / size, 1e-4);
    EXPECT_LT(report.mean_error_cm, 0.5);
    double worst = 0;
    for (int t = 0; t < clip.frames(); ++t) {
      const mjData& d = solver.kinematics(clip.qpos.col(t));
      const mjData& truth = truth_solver.kinematics(swinging_pose(*c, t / 30.0));
      for (const std::string& name : c->key_points) {
        Vector3d gap = role_point(*c, d, name) - role_point(*c, truth, name);
        gap.z() -= report.floor_shift[t];
        worst = std::max(worst, gap.norm());
      }
    }
    EXPECT_LT(worst, 0.03);
  }
}

TEST(Retarget, KeepsAWalkersFeetOnTheGround) {
  const auto c = default_character();
  RetargetReport report;
  const Clip clip = retarget(*c, fixtures::walking_source(4, 60, 1.1), {}, &report);
  EXPECT_LT(report.mean_error_cm, 3.0);
  EXPECT_LT(report.foot_slide, 0.03);
  EXPECT_LT(report.penetration_cm, 1.0);
  EXPECT_NEAR(report.mean_speed, 0.8, 0.05);
  const Eigen::VectorXd height = clip.qpos.row(2);
  EXPECT_GT(height.minCoeff(), 0.7);
  EXPECT_LT(height.maxCoeff(), 0.9);
}

TEST(Retarget, IsContinuous) {
  const auto c = default_character();
  const Clip clip = retarget(*c, fixtures::walking_source(3, 60), {}, nullptr);
  for (int t = 1; t < clip.frames(); ++t) {
    const Eigen::VectorXd change = clip.qpos.col(t) - clip.qpos.col(t - 1);
    EXPECT_LT(change.tail(c->nu).cwiseAbs().maxCoeff(), 0.5) << t;
    EXPECT_LT(change.segment<4>(3).norm(), 0.2) << t;
  }
}

TEST(Retarget, StopsASlidingFoot) {
  const auto c = default_character();
  SourceMotion sliding = fixtures::walking_source(2, 30);
  for (auto& positions : sliding.positions) positions = sliding.positions[0];
  for (int t = 0; t < sliding.frames(); ++t) sliding.positions[t].row(0).array() += 0.1 * t / 30.0;
  RetargetReport pinned, loose;
  retarget(*c, sliding, {30, true}, &pinned);
  retarget(*c, sliding, {30, false}, &loose);
  EXPECT_NEAR(loose.foot_slide, 0.1, 0.03);
  EXPECT_LT(pinned.foot_slide, 0.02);
}

TEST(Resample, KeepsALineAndTheDuration) {
  const SourceMotion source = fixtures::walking_source(1, 120);
  const SourceMotion out = resample(source, 30);
  EXPECT_EQ(out.frames(), 31);
  for (int t = 0; t < out.frames(); ++t) EXPECT_NEAR(out.at(t, "head").x(), 0.8 * t / 30.0, 1e-9);
}

}  // namespace
}  // namespace foresight
