#include "controller/skills/motion_recogniser.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "controller/skills/skill.h"
#include "controller/statistics.h"
#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr int kLeastWindows = 20;
constexpr double kLeastVariance = 1e-6;

struct ShownWindow {
  int skill = 0;
  bool held_out = false;
  Eigen::VectorXd statistics;
};

std::vector<std::string> skills_of(const RolloutSet& set) {
  std::vector<std::string> skills;
  for (const RolloutEpisode& e : set.episodes) {
    const std::string skill = skill_of(set.clips[e.clip].name);
    if (std::find(skills.begin(), skills.end(), skill) == skills.end()) skills.push_back(skill);
  }
  std::sort(skills.begin(), skills.end());
  if (skills.size() < 2) {
    throw InputError("the rollouts show " + std::to_string(skills.size()) +
                     " skill (first part of the clips' names); telling skills apart needs two");
  }
  return skills;
}

std::vector<ShownWindow> shown_windows(const RolloutSet& set,
                                       const std::vector<std::string>& skills,
                                       const RecogniserOptions& options) {
  std::vector<ShownWindow> windows;
  const int steps = window_steps(set.control_hz), width = set.layout.size();
  for (std::size_t e = 0; e < set.episodes.size(); ++e) {
    const RolloutEpisode& episode = set.episodes[e];
    const std::string skill = skill_of(set.clips[episode.clip].name);
    const auto which = std::find(skills.begin(), skills.end(), skill) - skills.begin();
    const bool held = is_held_out(e, options.heldout, options.seed);
    for (int t = 0; t + steps <= episode.steps; t += steps) {
      if (pushed_within(episode, t, t + steps - 1)) continue;
      const float* first = set.frames.data() + (episode.first + t) * width;
      const std::span<const float> frames(first, static_cast<std::size_t>(steps) * width);
      windows.push_back({static_cast<int>(which), held, motion_statistics(set.layout, frames)});
    }
  }
  return windows;
}

void fit_gaussians(const std::vector<ShownWindow>& windows, double shrinkage,
                   MotionRecogniser& fitted) {
  const auto skills = static_cast<Eigen::Index>(fitted.skills.size());
  const auto size = static_cast<int>(windows.at(0).statistics.size());
  std::vector<GaussianFit> fits(skills, GaussianFit(size));
  for (const ShownWindow& w : windows) {
    if (!w.held_out) fits[w.skill].add(w.statistics);
  }
  fitted.means.resize(skills, size);
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index s = 0; s < skills; ++s) {
    if (fits[s].count() < kLeastWindows) {
      throw InputError("skill \"" + fitted.skills[s] + "\" has only " +
                       std::to_string(fits[s].count()) + " seconds of motion without pushes");
    }
    fitted.means.row(s) = fits[s].mean();
    covariance += fits[s].covariance() / static_cast<double>(skills);
  }
  const Eigen::VectorXd variances = covariance.diagonal().cwiseMax(kLeastVariance);
  covariance *= 1 - shrinkage;
  covariance.diagonal() = variances;
  fitted.precision = covariance.llt().solve(Eigen::MatrixXd::Identity(size, size));
  if (!fitted.precision.allFinite()) {
    throw InputError("the rollouts hold states that are not numbers; collect them again");
  }
}

void fit_reach(const std::vector<ShownWindow>& windows, double slack, MotionRecogniser& fitted) {
  std::vector<std::vector<double>> distances(fitted.skills.size());
  for (const ShownWindow& w : windows) {
    if (!w.held_out) distances[w.skill].push_back(fitted.distance(w.statistics, w.skill));
  }
  fitted.reach.resize(static_cast<Eigen::Index>(distances.size()));
  for (std::size_t s = 0; s < distances.size(); ++s) {
    fitted.reach[static_cast<Eigen::Index>(s)] = slack * percentile(distances[s], 99);
  }
}

Confusion heldout_confusion(const std::vector<ShownWindow>& windows, const MotionRecogniser& r) {
  const auto skills = static_cast<Eigen::Index>(r.skills.size());
  Confusion counts = Confusion::Zero(skills, skills + 1);
  for (const ShownWindow& w : windows) {
    if (!w.held_out) continue;
    const int found = r.recognise(w.statistics);
    ++counts(w.skill, found == MotionRecogniser::kNothing ? skills : found);
  }
  return counts;
}

}  // namespace

Eigen::VectorXd frame_posture(const RawLayout& layout, std::span<const float> frame) {
  FS_CHECK(static_cast<int>(frame.size()) == layout.size());
  const auto vector_at = [&](int column) {
    return Vector3d(frame[column], frame[column + 1], frame[column + 2]);
  };
  const Vector3d root = vector_at(RawLayout::root_position);
  const Vector3d ground(root.x(), root.y(), 0);
  const float* q = frame.data() + RawLayout::root_rotation;
  const Quaterniond rotation(q[0], q[1], q[2], q[3]);
  const Quaterniond back = quat_from_yaw(-yaw_of(rotation));
  Eigen::VectorXd out(3 * layout.key_points + 6);
  for (int k = 0; k < layout.key_points; ++k) {
    out.segment<3>(3 * k) = back * (vector_at(RawLayout::key_position + 3 * k) - ground);
  }
  const Vector3d up = back * (rotation * Vector3d::UnitZ());
  out.segment<3>(3 * layout.key_points) = back * vector_at(RawLayout::root_velocity);
  out.tail<3>() = Vector3d(root.z(), up.x(), up.y());
  return out;
}

Eigen::VectorXd motion_statistics(const RawLayout& layout, std::span<const float> frames) {
  const auto width = static_cast<std::size_t>(layout.size());
  const std::size_t count = frames.size() / width;
  FS_CHECK(count > 0 && frames.size() == count * width);
  Eigen::MatrixXd postures(3 * layout.key_points + 6, static_cast<Eigen::Index>(count));
  for (std::size_t t = 0; t < count; ++t) {
    postures.col(static_cast<Eigen::Index>(t)) =
        frame_posture(layout, frames.subspan(t * width, width));
  }
  const Eigen::VectorXd mean = postures.rowwise().mean();
  const Eigen::VectorXd variance = (postures.colwise() - mean).array().square().rowwise().mean();
  Eigen::VectorXd out(2 * mean.size());
  out << mean, variance.cwiseSqrt();
  return out;
}

double MotionRecogniser::distance(const Eigen::VectorXd& statistics, int skill) const {
  const Eigen::VectorXd off = statistics - means.row(skill).transpose();
  return std::sqrt(std::max(0.0, off.dot(precision * off)));
}

int MotionRecogniser::recognise(const Eigen::VectorXd& statistics) const {
  FS_CHECK(statistics.size() == means.cols());
  int best = kNothing;
  double nearest = 0;
  for (int s = 0; s < static_cast<int>(skills.size()); ++s) {
    const double d = distance(statistics, s);
    if (best != kNothing && !(d < nearest)) continue;
    best = s;
    nearest = d;
  }
  return nearest <= reach[best] ? best : kNothing;
}

MotionRecogniser fit_recogniser(const RolloutSet& set, const RecogniserOptions& options) {
  MotionRecogniser fitted;
  fitted.skills = skills_of(set);
  const std::vector<ShownWindow> windows = shown_windows(set, fitted.skills, options);
  if (windows.empty()) throw InputError("the rollouts have no second of motion without pushes");
  fit_gaussians(windows, options.shrinkage, fitted);
  fit_reach(windows, options.slack, fitted);
  fitted.heldout = heldout_confusion(windows, fitted);
  return fitted;
}

double accuracy(const Confusion& confusion) {
  const int all = confusion.sum();
  return all == 0 ? 0 : static_cast<double>(confusion.diagonal().sum()) / all;
}

int window_steps(double control_hz) { return static_cast<int>(std::lround(control_hz)); }

}  // namespace foresight
