#include "controller/visited_starts.h"

#include <limits>

#include "controller/ground_pose.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/motion/motion_features.h"

namespace foresight {
namespace {

constexpr int kBlock = 1024;  // reference frames that are compared at once

// Rows of the last state of each start, evenly over all steps with enough before them.
std::vector<std::int64_t> draw_rows(const RolloutSet& visited, const VisitedConfig& config) {
  std::vector<std::int64_t> rows, drawn;
  for (const RolloutEpisode& e : visited.episodes) {
    for (int s = config.steps - 1; s < e.steps; ++s) rows.push_back(e.first + s);
  }
  if (rows.empty()) {
    throw InputError("the visited rollouts hold no episode of " + std::to_string(config.steps) +
                     " steps");
  }
  Rng rng{random_key(config.seed, 0x766973)};
  for (int i = 0; i < config.count; ++i) {
    drawn.push_back(rows[rng.index(static_cast<int>(rows.size()))]);
  }
  return drawn;
}

// Columns `count` up to and including `row` of a table of `size` numbers a row.
Eigen::MatrixXd past_columns(const std::vector<float>& table, int size, std::int64_t row,
                             int count) {
  const Eigen::Map<const Eigen::MatrixXf> columns(table.data() + (row - count + 1) * size, size,
                                                  count);
  return columns.cast<double>();
}

VisitedStart start_at(const RolloutSet& visited, std::int64_t row, int steps) {
  return {0, 0, past_columns(visited.qpos, visited.nq, row, steps),
          past_columns(visited.qvel, visited.nv, row, steps),
          past_columns(visited.executed, visited.nu, row - 1, steps - 1)};
}

// Frames with enough of their clip after them, ascending.
std::vector<int> usable_frames(const ReferenceMotion& reference, int least) {
  std::vector<int> frames;
  for (const ReferenceClip& clip : reference.clips) {
    for (int f = 0; f < clip.frames - least; ++f) frames.push_back(clip.begin + f);
  }
  if (frames.empty()) {
    throw InputError("no clip is longer than the " + std::to_string(least) +
                     " frames that are wanted after a visited state");
  }
  return frames;
}

// Per column of `wanted` the column of `known` that is nearest to it.
std::vector<int> nearest(const Eigen::MatrixXf& known, const Eigen::MatrixXf& wanted) {
  std::vector<int> best(wanted.cols(), 0);
  Eigen::VectorXf least =
      Eigen::VectorXf::Constant(wanted.cols(), std::numeric_limits<float>::infinity());
  for (Eigen::Index begin = 0; begin < known.cols(); begin += kBlock) {
    const auto block =
        known.middleCols(begin, std::min<Eigen::Index>(kBlock, known.cols() - begin));
    Eigen::MatrixXf distance = -2 * block.transpose() * wanted;  // less what all have in common
    distance.colwise() += block.colwise().squaredNorm().transpose();
    for (Eigen::Index i = 0; i < wanted.cols(); ++i) {
      Eigen::Index at = 0;
      const float value = distance.col(i).minCoeff(&at);
      if (value >= least[i]) continue;
      least[i] = value;
      best[i] = static_cast<int>(begin + at);
    }
  }
  return best;
}

int clip_of(const ReferenceMotion& reference, int frame) {
  int clip = 0;
  while (frame >= reference.clips[clip].begin + reference.clips[clip].frames) ++clip;
  return clip;
}

GroundPose place_of(const Eigen::VectorXd& qpos) {
  return {qpos.head<2>(), yaw_of(quat_from_wxyz(qpos.data() + 3))};
}

// Moves all states on the floor, so that the last one stands where the reference frame is.
void move_to(const Eigen::VectorXd& reference_qpos, VisitedStart& start) {
  const GroundPose from = place_of(start.qpos.rightCols<1>()), to = place_of(reference_qpos);
  const Quaterniond turn = quat_from_yaw(to.yaw - from.yaw);
  for (Eigen::Index s = 0; s < start.qpos.cols(); ++s) {
    auto q = start.qpos.col(s);
    auto v = start.qvel.col(s);
    q.head<2>() = to.point_out(from.point_in(q.head<2>()));
    quat_to_wxyz(turn * quat_from_wxyz(q.data() + 3), q.data() + 3);
    v.head<3>() = turn * Vector3d(v.head<3>());
  }
}

Eigen::MatrixXf last_features(const Character& character, const std::vector<VisitedStart>& starts) {
  const auto count = static_cast<Eigen::Index>(starts.size());
  Eigen::MatrixXd qpos(character.nq, count), qvel(character.nv, count);
  for (Eigen::Index i = 0; i < count; ++i) {
    qpos.col(i) = starts[i].qpos.rightCols<1>();
    qvel.col(i) = starts[i].qvel.rightCols<1>();
  }
  return motion_features(character, qpos, qvel).cast<float>();
}

}  // namespace

std::vector<VisitedStart> visited_starts(const Character& character, const RolloutSet& visited,
                                         const ReferenceMotion& reference,
                                         const VisitedConfig& config) {
  const auto least = static_cast<int>(config.least_seconds * character.control_hz);
  const std::vector<int> frames = usable_frames(reference, least);
  const Eigen::MatrixXf known = motion_features(character, reference.qpos(Eigen::all, frames),
                                                reference.qvel(Eigen::all, frames))
                                    .cast<float>();
  std::vector<VisitedStart> starts;
  for (const std::int64_t row : draw_rows(visited, config)) {
    starts.push_back(start_at(visited, row, config.steps));
  }
  const std::vector<int> found = nearest(known, last_features(character, starts));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    starts[i].frame = frames[found[i]];
    starts[i].clip = clip_of(reference, starts[i].frame);
    move_to(reference.qpos.col(starts[i].frame), starts[i]);
  }
  return starts;
}

}  // namespace foresight
