#include "sim/motion/follow_goals.h"

#include <array>
#include <utility>
#include <vector>

#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kFollow = 1e-3;      // cost per rad^2 of a joint's change from frame to frame
constexpr double kSmooth = 1e-2;      // ... of its distance from the mean of its neighbours
constexpr double kRootSmooth = 0.05;  // the same for the root, per m^2 and rad^2
constexpr double kPosture = 2e-5;     // pull to the zero pose where nothing else decides
constexpr double kJump = 0.01;        // price per rad^2 of joint movement when passes are joined
constexpr int kSmoothSweeps = 2;

Eigen::VectorXd weights(const Character& c, double root, double joints) {
  Eigen::VectorXd w = Eigen::VectorXd::Constant(c.nv, joints);
  w.head<6>().setConstant(root);
  return w;
}

// From the hips to the shoulders, or to the chest of a body without arms.
Vector3d trunk_direction(const RetargetGoals& goals, const Vector3d& hips) {
  const PointTrack* left = goals.find("left_shoulder");
  const PointTrack* right = goals.find("right_shoulder");
  if (left != nullptr && right != nullptr) {
    return (0.5 * (left->goals.col(0) + right->goals.col(0)) - hips).normalized();
  }
  const PointTrack* chest = goals.find("chest");
  return chest == nullptr ? Vector3d::UnitZ() : (chest->goals.col(0) - hips).normalized();
}

// Standing pose under the source's hips with the source's heading.
Eigen::VectorXd first_guess(const Character& c, const RetargetGoals& goals) {
  Eigen::VectorXd qpos = Eigen::Map<const Eigen::VectorXd>(c.model->qpos0, c.nq);
  const Vector3d left = goals.point("left_hip").goals.col(0);
  const Vector3d right = goals.point("right_hip").goals.col(0);
  const Vector3d hips = 0.5 * (left + right);
  const Vector3d y = (left - right).normalized();
  const Vector3d x = y.cross(trunk_direction(goals, hips)).normalized();
  Eigen::Matrix3d axes;
  axes << x, y, x.cross(y);
  qpos.head<3>() = hips;
  quat_to_wxyz(Quaterniond(axes), qpos.data() + 3);
  return qpos;
}

// Solves frame after frame, each warm-started with the one before: forwards, or backwards from the
// pose that `start` holds for the last frame. Costs of the goals go to `cost`.
Eigen::MatrixXd solve_pass(const Character& c, const RetargetGoals& goals, Eigen::VectorXd start,
                           bool forward, PoseSolver& solver, Eigen::VectorXd& cost) {
  Eigen::MatrixXd out(c.nq, goals.frames);
  cost.resize(goals.frames);
  Eigen::VectorXd qpos = std::move(start);
  for (int i = 0; i < goals.frames; ++i) {
    const int t = forward ? i : goals.frames - 1 - i;
    PoseProblem problem = goals.problem(t);
    problem.reference = qpos;
    problem.reference_weight = weights(c, 0.0, kFollow);
    cost[t] = solver.solve(problem, qpos, i == 0 ? 80 : 5);
    out.col(t) = qpos;
  }
  return out;
}

// A frame's solution can be caught at a joint limit that the solution from the other direction of
// time avoids. Picks, frame by frame, from the two passes the cheapest continuous path.
Eigen::MatrixXd cheapest_path(const std::array<Eigen::MatrixXd, 2>& pass,
                              const std::array<Eigen::VectorXd, 2>& cost) {
  const int frames = static_cast<int>(pass[0].cols());
  std::vector<std::array<int, 2>> from(frames);
  std::array<double, 2> total = {cost[0][0], cost[1][0]};
  for (int t = 1; t < frames; ++t) {
    std::array<double, 2> next;
    for (int k = 0; k < 2; ++k) {
      std::array<double, 2> along;
      for (int l = 0; l < 2; ++l) {
        const auto change = pass[k].col(t) - pass[l].col(t - 1);
        along[l] = total[l] + kJump * change.tail(change.size() - 7).squaredNorm();
      }
      from[t][k] = along[1] < along[0];
      next[k] = along[from[t][k]] + cost[k][t];
    }
    total = next;
  }
  Eigen::MatrixXd out(pass[0].rows(), frames);
  for (int t = frames - 1, k = total[1] < total[0]; t >= 0; k = from[t][k], --t) {
    out.col(t) = pass[k].col(t);
  }
  return out;
}

// The pose half-way between two: quaternion by its chord, joints by their mean.
Eigen::VectorXd midpoint(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  Eigen::VectorXd mid = 0.5 * (a + b);
  Eigen::Vector4d qb = b.segment<4>(3);
  if (a.segment<4>(3).dot(qb) < 0) qb = -qb;
  mid.segment<4>(3) = (a.segment<4>(3) + qb).normalized();
  return mid;
}

// Solves every frame again, drawn to the mean of its neighbours: takes the jitter out without lag.
void smooth_sweep(const Character& c, const RetargetGoals& goals, PoseSolver& solver,
                  Eigen::MatrixXd& qpos) {
  const Eigen::VectorXd weight = weights(c, kRootSmooth, kSmooth);
  for (int t = 0; t < goals.frames; ++t) {
    PoseProblem problem = goals.problem(t);
    const bool end = t == 0 || t + 1 == goals.frames;
    problem.reference =
        end ? Eigen::VectorXd(qpos.col(t)) : midpoint(qpos.col(t - 1), qpos.col(t + 1));
    problem.reference.tail(c.nu) *= weight[6] / (weight[6] + kPosture);
    problem.reference_weight = weight;
    Eigen::VectorXd pose = qpos.col(t);
    solver.solve(problem, pose, 2);
    qpos.col(t) = pose;
  }
}

}  // namespace

Eigen::MatrixXd solve_motion(const Character& c, const RetargetGoals& goals, PoseSolver& solver) {
  std::array<Eigen::MatrixXd, 2> pass;
  std::array<Eigen::VectorXd, 2> cost;
  pass[0] = solve_pass(c, goals, first_guess(c, goals), true, solver, cost[0]);
  pass[1] = solve_pass(c, goals, pass[0].col(goals.frames - 1), false, solver, cost[1]);
  return cheapest_path(pass, cost);
}

void smooth_motion(const Character& c, const RetargetGoals& goals, PoseSolver& solver,
                   Eigen::MatrixXd& qpos) {
  for (int i = 0; i < kSmoothSweeps; ++i) smooth_sweep(c, goals, solver, qpos);
}

void continuous_quaternions(Eigen::MatrixXd& qpos) {
  for (int t = 0; t < qpos.cols(); ++t) {
    auto q = qpos.col(t).segment<4>(3);
    q.normalize();
    if (t == 0 ? q[0] < 0 : q.dot(qpos.col(t - 1).segment<4>(3)) < 0) q = -q;
  }
}

}  // namespace foresight
