#include "sim/motion/motion_graph.h"

#include <algorithm>
#include <cmath>

#include "sim/motion/augment.h"
#include "sim/rotation.h"
#include "sim/world.h"

namespace foresight {
namespace {

constexpr float kVelocityWeight = 0.15F;  // s
constexpr double kNearBest = 1.25;        // candidates up to this times the best distance
constexpr int kTries = 6;                 // exits tried before a chain ends

// Key points relative to the root in its heading frame, 3 x (K + 1); the last column is the root
// path in the frame `heading` of the first pose.
Eigen::Matrix3Xf pose_points(const Character& c, const CharacterIndex& index, mjData& data,
                             const Eigen::VectorXd& qpos, const Quaterniond& to_heading,
                             const Vector3d& origin) {
  std::copy(qpos.data(), qpos.data() + c.nq, data.qpos);
  mj_kinematics(c.model.get(), &data);
  Eigen::Matrix3Xf points(3, c.num_key_points() + 1);
  for (int k = 0; k < c.num_key_points(); ++k) {
    const Eigen::Map<const Vector3d> p(data.site_xpos + 3 * index.key_sites[k]);
    points.col(k) = (to_heading * (p - origin)).cast<float>();
  }
  points.col(c.num_key_points()) = (to_heading * (qpos.head<3>() - origin)).cast<float>();
  return points;
}

}  // namespace

MotionGraph::MotionGraph(const Character& character, std::vector<Clip> clips,
                         MotionGraphConfig config)
    : character_(character), config_(config), clips_(std::move(clips)) {
  int frames = 0;
  for (const Clip& clip : clips_) frames += clip.frames();
  features_.resize(6 * (character.num_key_points() + 1), frames);
  for (const Clip& clip : clips_) add_features(clip);
}

void MotionGraph::add_features(const Clip& clip) {
  const int which = static_cast<int>(begin_.size());
  begin_.push_back(static_cast<int>(owner_.size()));
  const DataPtr data(mj_makeData(character_.model.get()));
  const CharacterIndex index = index_character(character_, *character_.model, 0);
  for (int f = 0; f < clip.frames(); ++f) {
    const int a = std::min(f, clip.frames() - 2);
    const Vector3d ground(clip.qpos(0, f), clip.qpos(1, f), 0);
    const Quaterniond to_heading =
        quat_from_yaw(-yaw_of(quat_from_wxyz(clip.qpos.col(f).data() + 3)));
    const auto points = [&](int frame) {
      return pose_points(character_, index, *data, clip.qpos.col(frame), to_heading, ground);
    };
    const Eigen::Matrix3Xf here = points(f);
    const Eigen::Matrix3Xf velocity = (points(a + 1) - points(a)) * static_cast<float>(clip.fps);
    features_.col(static_cast<int>(owner_.size())) << here.reshaped(),
        kVelocityWeight * velocity.reshaped();
    owner_.push_back({which, f});
  }
}

std::optional<MotionGraph::Entry> MotionGraph::next_entry(int clip, int frame, Rng& rng) const {
  const Eigen::VectorXf wanted = features_.col(begin_[clip] + frame);
  const Eigen::VectorXf distance = ((features_.colwise() - wanted).colwise().squaredNorm() /
                                    static_cast<float>(character_.num_key_points() + 1))
                                       .cwiseSqrt();
  std::vector<std::pair<float, Entry>> found;
  for (Eigen::Index i = 0; i < distance.size(); ++i) {
    const Entry entry = owner_[i];
    const bool fits = entry.frame >= config_.fade &&
                      clips_[entry.clip].frames() - entry.frame >= config_.min_piece;
    const bool same_place = entry.clip == clip && std::abs(entry.frame - frame) < 2 * config_.fade;
    if (fits && !same_place && distance[i] < config_.max_distance)
      found.push_back({distance[i], entry});
  }
  if (found.empty()) return std::nullopt;
  // Per clip only the best frame, so that long clips do not crowd out short ones.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.clip, a.first) < std::tie(b.second.clip, b.first);
  });
  const auto last = std::unique(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.second.clip == b.second.clip;
  });
  found.erase(last, found.end());
  const float best = std::min_element(found.begin(), found.end(), [](const auto& a, const auto& b) {
                       return a.first < b.first;
                     })->first;
  const double limit = std::max(kNearBest * best, 0.7 * config_.max_distance);
  std::erase_if(found, [&](const auto& candidate) { return candidate.first > limit; });
  return found[rng.index(static_cast<int>(found.size()))].second;
}

std::optional<Clip> MotionGraph::chain(double seconds, Rng& rng) const {
  Entry at{rng.index(static_cast<int>(clips_.size())), 0};
  Clip result = cut_clip(clips_[at.clip], 0, 0), credits;
  bool open = true;
  for (bool first = true; open; first = false) {
    const Clip& clip = clips_[at.clip];
    add_credit(credits, clip);
    int exit = clip.frames() - 1 - config_.fade / 2;
    std::optional<Entry> next;
    for (int t = 0; t < kTries && !next; ++t) {
      const int earliest = at.frame + config_.min_piece;
      if (t > 0 || rng.uniform() < config_.early_exit) {
        exit = earliest + rng.index(std::max(1, clip.frames() - config_.fade / 2 - earliest));
      }
      exit = std::min(exit, clip.frames() - 1 - config_.fade / 2);
      if (exit > at.frame + config_.fade) next = next_entry(at.clip, exit, rng);
    }
    open = next.has_value() && result.frames() < seconds * clip.fps;
    const int begin = first ? at.frame : at.frame - config_.fade / 2;
    const int end = open ? exit + config_.fade / 2 : clip.frames();
    const Clip piece = cut_clip(clip, begin, end - begin);
    result = first ? piece : transition(character_, result, piece, config_.fade);
    if (open) at = *next;
  }
  if (result.seconds() < 2) return std::nullopt;
  result.source = credits.source;
  result.licence = credits.licence;
  result.loop = false;
  return result;
}

}  // namespace foresight
