#include "sim/motion/pauses.h"

#include <algorithm>
#include <cmath>

#include "sim/motion/foot_contacts.h"
#include "sim/motion/pose_solver.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kRestingRoot = 0.15;   // m/s
constexpr double kRestingJoints = 0.6;  // rad/s, mean over the joints
constexpr double kSoleHeight = 0.04;    // m, of a foot that stands
constexpr double kFeetApart = 0.2;      // m along the heading; one foot behind tips over in time

bool stands_firmly(const std::vector<Sole>& soles, const Eigen::VectorXd& qpos,
                   PoseSolver& solver) {
  const mjData& data = solver.kinematics(qpos);
  const double yaw = yaw_of(quat_from_wxyz(qpos.data() + 3));
  double foremost = -1e9, hindmost = 1e9;
  for (const Sole& sole : soles) {
    if (lowest_point(sole, data) > kSoleHeight) return false;
    const mjtNum* place = data.xpos + 3 * sole.body;
    const double along = std::cos(yaw) * place[0] + std::sin(yaw) * place[1];
    foremost = std::max(foremost, along);
    hindmost = std::min(hindmost, along);
  }
  return foremost - hindmost < kFeetApart;
}

}  // namespace

std::vector<int> resting_frames(const Character& character, const Clip& clip) {
  const Eigen::MatrixXd velocity = clip_velocities(character, clip);
  const auto joints = velocity.bottomRows(velocity.rows() - 6).cwiseAbs().colwise().mean();
  std::vector<int> frames;
  const std::vector<Sole> soles = find_soles(character);
  PoseSolver solver(character);
  bool resting = false;
  for (int t = 0; t < clip.frames(); ++t) {
    const double speed = joints(t);
    const bool was_resting = resting;
    resting = speed < kRestingJoints && velocity.col(t).head<3>().norm() < kRestingRoot &&
              stands_firmly(soles, clip.qpos.col(t), solver);
    if (resting && !was_resting) frames.push_back(t);
    if (resting && speed < joints(frames.back())) frames.back() = t;
  }
  return frames;
}

Clip add_pauses(const Character& character, const Clip& clip, double longest, Rng& rng) {
  Clip out = clip;
  const std::vector<int> resting = resting_frames(character, clip);
  std::vector<int> source;  // the frame of `clip` that each new frame shows
  std::size_t next = 0;
  for (int t = 0; t < clip.frames(); ++t) {
    source.push_back(t);
    if (next == resting.size() || resting[next] != t) continue;
    source.insert(source.end(), static_cast<int>(rng.uniform(0, longest) * clip.fps), t);
    ++next;
  }
  out.qpos = clip.qpos(Eigen::all, source);
  return out;
}

}  // namespace foresight
