#include "sim/motion/high_steps.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/motion/clip_goals.h"
#include "sim/motion/follow_goals.h"
#include "sim/motion/foot_contacts.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kShortest = 0.2, kLongest = 1.0;  // s, of a swing
constexpr double kStride = 0.3;                    // m, a swing that goes on goes this far
constexpr double kLongestWait = 4;                 // s

struct Swing {
  int body;
  FrameInterval frames;  // the foot stands just before and just after
};

std::vector<Swing> find_swings(const Character& c, const Clip& clip, PoseSolver& solver,
                               const RetargetGoals& goals) {
  std::vector<Swing> swings;
  for (const Sole& sole : find_soles(c)) {
    const auto stands = intervals(find_contacts(sole_track(sole, clip.qpos, solver), clip.fps));
    const Eigen::Matrix3Xd& place = goals.points[sole.body - 1].goals;
    for (std::size_t i = 1; i < stands.size(); ++i) {
      const FrameInterval between{stands[i - 1].end, stands[i].begin};
      const double seconds = (between.end - between.begin) / clip.fps;
      const double far = (place.col(between.end) - place.col(between.begin)).head<2>().norm();
      if (seconds >= kShortest && seconds <= kLongest && far >= kStride) {
        swings.push_back({sole.body, between});
      }
    }
  }
  std::sort(swings.begin(), swings.end(),
            [](const Swing& a, const Swing& b) { return a.frames.begin < b.frames.begin; });
  return swings;
}

void lift(const Swing& swing, double height, double skew, RetargetGoals& goals) {
  const auto [begin, end] = swing.frames;
  for (int t = begin; t < end; ++t) {
    const double share = std::pow((t - begin + 1.0) / (end - begin + 1), skew);
    const double wave = std::sin(std::numbers::pi * share);
    goals.points[swing.body - 1].goals(2, t) += height * wave * wave;
  }
}

}  // namespace

Clip add_high_steps(const Character& c, const Clip& clip, Rng& rng) {
  PoseSolver solver(c);
  RetargetGoals goals = clip_goals(c, clip, solver);
  for (const Sole& sole : find_soles(c)) hold_firmly(goals, sole.body);
  double next = rng.uniform(0, kLongestWait);
  const std::vector<Swing> swings = find_swings(c, clip, solver, goals);
  for (std::size_t i = 0; i + 1 < swings.size(); ++i) {
    const Swing &leading = swings[i], &trailing = swings[i + 1];
    if (leading.frames.begin < next * clip.fps || leading.body == trailing.body) continue;
    const double height = rng.uniform(0.1, 0.4);
    lift(leading, height, rng.uniform(1.0, 1.4), goals);
    lift(trailing, height, rng.uniform(0.7, 1.0), goals);
    next = trailing.frames.end / clip.fps + rng.uniform(0, kLongestWait);
  }
  Clip out = clip;
  smooth_motion(c, goals, solver, out.qpos);
  continuous_quaternions(out.qpos);
  return out;
}

}  // namespace foresight
