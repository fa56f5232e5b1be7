#include "sim/motion/lead_in.h"

#include <cmath>
#include <limits>

#include "sim/motion/augment.h"
#include "sim/motion/motion_features.h"

namespace foresight {
namespace {

Eigen::MatrixXd features_of(const Character& character, const Clip& clip) {
  return motion_features(character, clip.qpos, clip_velocities(character, clip));
}

}  // namespace

std::optional<Clip> lead_in(const Character& character, const Clip& before, const Clip& clip,
                            const LeadInConfig& config, Rng& rng) {
  const int half = config.fade / 2;
  const int span = static_cast<int>(std::lround(config.search * clip.fps));
  const int kept =
      static_cast<int>(std::lround(rng.uniform(config.shortest, config.longest) * before.fps));
  const int room = before.frames() - kept - span - config.fade;
  if (room < 1 || clip.frames() < span + 2 * config.fade) return std::nullopt;
  const int begin = rng.index(room);
  const Eigen::MatrixXd from = features_of(character, before), to = features_of(character, clip);
  double best = std::numeric_limits<double>::infinity();
  int exit = 0, entry = 0;
  for (int a = begin + kept; a < begin + kept + span; ++a) {
    for (int b = half; b < half + span; ++b) {
      const double distance = (from.col(a) - to.col(b)).squaredNorm();
      if (distance >= best) continue;
      best = distance;
      exit = a;
      entry = b;
    }
  }
  const int length = exit - begin - half + config.fade;
  const int first = entry - half;
  Clip result = transition(character, cut_clip(before, begin, length),
                           cut_clip(clip, first, clip.frames() - first), config.fade);
  result.name = clip.name;
  result.source = clip.source;
  result.licence = clip.licence;
  add_credit(result, before);
  return result;
}

}  // namespace foresight
