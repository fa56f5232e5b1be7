#include "sim/motion/side_steps.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/motion/blend.h"
#include "sim/motion/placed_poses.h"

namespace foresight {
namespace {

constexpr double kShortest = 2.0, kLongest = 5.0;  // s, of one way to travel
constexpr double kChange = 0.8;                    // s, from one to the next

// A quarter of the time as it was, a quarter backwards, a third to a side, the rest aslant.
Travel draw_travel(Rng& rng) {
  const double kind = rng.uniform(), side = rng.uniform() < 0.5 ? -1.0 : 1.0;
  if (kind < 0.25) return {};
  if (kind < 0.5) return {-rng.uniform(0.25, 0.6), 0.1 * side * rng.uniform()};
  if (kind < 0.83) return {rng.uniform(-0.1, 0.1), side * rng.uniform(0.25, 0.5)};
  return {rng.uniform(0.5, 0.8), side * rng.uniform(0.2, 0.4)};
}

Travel mix(const Travel& a, const Travel& b, double share) {
  return {a.forward + share * (b.forward - a.forward), a.left + share * (b.left - a.left)};
}

}  // namespace

Clip change_travel(const Character& character, const Clip& clip,
                   const std::vector<Travel>& travel) {
  FS_CHECK(clip.qpos.rows() == character.nq &&
           travel.size() == static_cast<std::size_t>(clip.frames()));
  const Eigen::Matrix2Xd path = smooth_path(clip);
  std::vector<Placement> place(clip.frames());
  Eigen::Vector2d shift = Eigen::Vector2d::Zero();
  for (int t = 0; t < clip.frames(); ++t) {
    if (t > 0) {
      const Eigen::Vector2d step = path.col(t) - path.col(t - 1);
      shift +=
          (travel[t].forward - 1) * step + travel[t].left * Eigen::Vector2d(-step.y(), step.x());
    }
    place[t].from = clip.qpos.col(t).head<3>();
    place[t].to = place[t].from + Vector3d(shift.x(), shift.y(), 0);
  }
  Clip out = clip;
  out.name += "~travel";
  out.qpos = placed_poses(character, clip, place);
  return out;
}

Clip add_side_steps(const Character& character, const Clip& clip, Rng& rng) {
  std::vector<Travel> travel(clip.frames());
  Travel before = draw_travel(rng), now = before;
  int changed = 0, until = 0;
  for (int t = 0; t < clip.frames(); ++t) {
    if (t >= until) {
      before = now;
      now = draw_travel(rng);
      changed = t;
      until = t + static_cast<int>(rng.uniform(kShortest, kLongest) * clip.fps);
    }
    travel[t] = mix(before, now, smoothstep((t - changed) / (kChange * clip.fps)));
  }
  return change_travel(character, clip, travel);
}

}  // namespace foresight
