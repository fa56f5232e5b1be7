#include "sim/motion/pauses.h"

#include <cmath>

namespace foresight {
namespace {

constexpr double kRestingRoot = 0.15;   // m/s
constexpr double kRestingJoints = 0.6;  // rad/s, mean over the joints

}  // namespace

std::vector<int> resting_frames(const Character& character, const Clip& clip) {
  const Eigen::MatrixXd velocity = clip_velocities(character, clip);
  const auto joints = velocity.bottomRows(velocity.rows() - 6).cwiseAbs().colwise().mean();
  std::vector<int> frames;
  bool resting = false;
  for (int t = 0; t < clip.frames(); ++t) {
    const double speed = joints(t);
    const bool was_resting = resting;
    resting = speed < kRestingJoints && velocity.col(t).head<3>().norm() < kRestingRoot;
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
