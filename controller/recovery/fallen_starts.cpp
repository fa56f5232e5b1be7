#include "controller/recovery/fallen_starts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "controller/recovery/lying.h"
#include "sim/batch_world.h"

namespace foresight {
namespace {

constexpr double kFall = 1.5;                     // s, from the kick on
constexpr double kSlowest = 1.5, kFastest = 6.0;  // m/s, kicks
constexpr double kLoose = 0.8;                    // rad, how far joints are held from standing

std::span<const double> span_of(const Eigen::VectorXd& v) {
  return {v.data(), static_cast<std::size_t>(v.size())};
}

class Faller {
 public:
  Faller(const Character& character, const CharacterIndex& index, const ReferenceMotion& motions)
      : character_(character), index_(index), motions_(motions) {}

  // False when the simulation diverged.
  bool fall(const mjModel& m, mjData& d, Rng& rng) const {
    const ReferenceClip& clip = motions_.clips[rng.index(static_cast<int>(motions_.clips.size()))];
    const Eigen::VectorXd standing = motions_.qpos.col(clip.begin + clip.frames - 1);
    set_character_state(character_, index_, m, d, span_of(standing),
                        span_of(Eigen::VectorXd::Zero(character_.nv)));
    double* targets = d.ctrl + index_.ctrl;
    for (int j = 0; j < character_.nu; ++j) {
      targets[j] = std::clamp(targets[j] + rng.uniform(-kLoose, kLoose), character_.ctrl_low[j],
                              character_.ctrl_high[j]);
    }
    const double angle = rng.uniform(0, 2 * std::numbers::pi);
    const double speed = rng.uniform(kSlowest, kFastest);
    kick_character(index_, m, d, {speed * std::cos(angle), speed * std::sin(angle)});
    for (double t = 0; t < kFall; t += character_.control_dt()) {
      if (!step_control(character_, m, d)) return false;
    }
    return true;
  }

  // Returns the motion that the body can get up by, -1 when the simulation diverged.
  int settle(const mjModel& m, mjData& d) const {
    int motion = 0;
    for (int t = 0; !ready_to_rise(index_, d, t * character_.control_dt()); ++t) {
      motion = motion_for(motions_, quat_from_wxyz(d.qpos + index_.qpos + 3));
      ease_into(character_, motions_, motion, d.ctrl + index_.ctrl);
      if (!step_control(character_, m, d)) return -1;
    }
    return motion;
  }

  // The body's state, moved to where the motion begins.
  LyingStart start(const mjData& d, int motion) const {
    LyingStart s{motion, Eigen::Map<const Eigen::VectorXd>(d.qpos + index_.qpos, character_.nq),
                 Eigen::Map<const Eigen::VectorXd>(d.qvel + index_.qvel, character_.nv)};
    const int first = motions_.clips[motion].begin;
    const GroundPose move = laid_over(body_positions(index_, d), motions_.body_position.col(first));
    const Quaterniond turn = quat_from_yaw(move.yaw);
    s.qpos.head<2>() = move.point_out(s.qpos.head<2>());
    quat_to_wxyz(turn * quat_from_wxyz(s.qpos.data() + 3), s.qpos.data() + 3);
    s.qvel.head<3>() = turn * Vector3d(s.qvel.head<3>());
    return s;
  }

 private:
  const Character& character_;
  const CharacterIndex& index_;
  const ReferenceMotion& motions_;
};

}  // namespace

std::vector<LyingStart> fallen_starts(std::shared_ptr<const Character> character,
                                      const ReferenceMotion& motions, int count, std::uint64_t seed,
                                      int threads) {
  BatchWorld batch(character, Scene{}, count, threads);
  const Faller faller(*character, batch.index(), motions);
  std::vector<LyingStart> starts(count);
  batch.apply([&](const mjModel& m, mjData& d, int i) {
    Rng rng{random_key(seed, i, 0x66616c6c)};
    starts[i].motion = faller.fall(m, d, rng) ? faller.settle(m, d) : -1;
    if (starts[i].motion >= 0) starts[i] = faller.start(d, starts[i].motion);
  });
  std::erase_if(starts, [](const LyingStart& s) { return s.motion < 0; });
  return starts;
}

}  // namespace foresight
