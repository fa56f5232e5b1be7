#include "controller/skills/skill_evaluation.h"

#include <algorithm>
#include <cmath>

#include "controller/protocols/protocol.h"
#include "controller/raw_frame.h"
#include "controller/state_layout.h"
#include "sim/base/error.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

/// What all batches share.
struct SkillSetting {
  const std::shared_ptr<const Character>& character;
  SkillActor& actor;
  const MotionRecogniser& recogniser;
  const std::vector<StartState>& starts;
  const SkillOrder& order;
  const SkillEvaluationOptions& options;
  std::shared_ptr<const mjModel> scene;  // nothing but the floor
  RawLayout layout;
  std::vector<int> hands;

  int steps_of(double seconds) const {
    return static_cast<int>(std::lround(seconds * character->control_hz));
  }
};

/// One running episode. A finished one stays as it is, as padding of the batch.
class SkillRun {
 public:
  SkillRun(const SkillSetting& setting, int index)
      : s_(setting),
        world_(std::make_unique<World>(s_.character, Scene{}, s_.scene)),
        window_size_(static_cast<std::size_t>(window_steps(s_.character->control_hz)) *
                     s_.layout.size()) {
    result_.index = index;
    result_.seed = episode_seed(s_.options.seed, index);
    Rng rng{random_key(result_.seed, 0x7374617274)};
    const StartState& start = s_.starts[rng.index(static_cast<int>(s_.starts.size()))];
    world_->set_state(start.qpos, start.qvel);
    world_->body_state(state_);
  }

  void begin(int slot) {
    s_.actor.reset(slot, {s_.order, result_.seed, state_, world_->qpos().subspan(7)});
  }

  const World& world() const { return *world_; }
  const BodyState& state() const { return state_; }
  bool over() const { return result_.fell; }

  void step(int step, std::span<const double> action, bool good) {
    if (over()) return;
    if (!good || !world_->set_action(action)) return fail("bad action");
    if (world_->step() == StepStatus::kDiverged) return fail("diverged");
    world_->body_state(state_);
    if (world_->fall().fallen) return fail("fall");
    if (step >= s_.steps_of(s_.options.settle)) measure();
  }

  SkillEpisode take() {
    if (measured_ > 0) {
      result_.mean_speed /= measured_;
      result_.hand_height /= measured_;
    }
    return std::move(result_);
  }

 private:
  void fail(const char* reason) {
    result_.fell = true;
    result_.reason = reason;
  }

  void measure() {
    ++measured_;
    result_.mean_speed += state_.root_velocity.head<2>().norm();
    for (const int key : s_.hands) {
      result_.hand_height += state_.key_position(2, key) / static_cast<double>(s_.hands.size());
    }
    const auto width = static_cast<std::size_t>(s_.layout.size());
    window_.resize(window_.size() + width);
    write_raw_frame(state_, Eigen::Vector2d::Zero(), std::span<float>(window_).last(width));
    if (window_.size() < window_size_) return;
    result_.recognised.push_back(s_.recogniser.recognise(motion_statistics(s_.layout, window_)));
    window_.clear();
  }

  const SkillSetting& s_;
  std::unique_ptr<World> world_;
  BodyState state_;
  SkillEpisode result_;
  std::vector<float> window_;
  std::size_t window_size_;
  int measured_ = 0;
};

class SkillBatch {
 public:
  SkillBatch(const SkillSetting& setting, int number) : s_(setting) {
    for (int slot = 0; slot < s_.actor.worlds(); ++slot) {
      episodes_.emplace_back(s_, number * s_.actor.worlds() + slot);
      worlds_.push_back(&episodes_.back().world());
      states_.push_back(episodes_.back().state());
    }
    for (int slot = 0; slot < s_.actor.worlds(); ++slot) episodes_[slot].begin(slot);
  }

  bool all_over() const {
    return std::all_of(episodes_.begin(), episodes_.end(),
                       [](const SkillRun& e) { return e.over(); });
  }

  void step(int step, WorkerPool& pool) {
    const SkillActor::Actions& actions = s_.actor.act(states_, worlds_);
    pool.run(static_cast<int>(episodes_.size()), [&](int i) {
      const auto row = actions.row(i);
      episodes_[i].step(step, {row.data(), static_cast<std::size_t>(row.size())}, s_.actor.good(i));
      states_[i] = episodes_[i].state();
    });
  }

  void take(std::vector<SkillEpisode>& out) {
    for (SkillRun& e : episodes_) {
      if (static_cast<int>(out.size()) < s_.options.episodes) out.push_back(e.take());
    }
  }

 private:
  const SkillSetting& s_;
  std::vector<SkillRun> episodes_;
  std::vector<const World*> worlds_;
  std::vector<BodyState> states_;
};

std::string title_of(const SkillOrder& order) {
  return "skill " + (order.skill.empty() ? "without prompt" : order.skill);
}

}  // namespace

std::vector<int> hand_keys(const Character& character) {
  const StateLayout layout = state_layout(character);
  std::vector<int> keys;
  for (int k = 0; k < layout.K(); ++k) {
    const bool foot = std::find(layout.feet.begin(), layout.feet.end(), k) != layout.feet.end();
    if (layout.limbs[k].end_effector >= 0 && !foot) keys.push_back(k);
  }
  return keys;
}

std::vector<SkillEpisode> run_skill_episodes(const std::shared_ptr<const Character>& character,
                                             SkillActor& actor, const MotionRecogniser& recogniser,
                                             const std::vector<StartState>& starts,
                                             const SkillOrder& order,
                                             const SkillEvaluationOptions& options) {
  FS_CHECK(!starts.empty() && options.episodes >= 1);
  std::shared_ptr<const mjModel> scene(compile_scene(*character, Scene{}));
  const SkillSetting setting{character,
                             actor,
                             recogniser,
                             starts,
                             order,
                             options,
                             scene,
                             raw_layout(*character),
                             hand_keys(*character)};
  WorkerPool pool(options.workers);
  const int batches = (options.episodes + actor.worlds() - 1) / actor.worlds();
  ProgressBar bar(title_of(order), batches * options.seconds, options.quiet);
  std::vector<SkillEpisode> episodes;
  for (int b = 0; b < batches; ++b) {
    SkillBatch batch(setting, b);
    for (int t = 0; t < setting.steps_of(options.seconds) && !batch.all_over(); ++t) {
      batch.step(t, pool);
      bar.update(b * options.seconds + t / character->control_hz);
    }
    batch.take(episodes);
  }
  return episodes;
}

bool succeeded(const SkillEpisode& episode, int skill, double least_share) {
  if (episode.fell || episode.recognised.empty()) return false;
  const auto shown = std::count(episode.recognised.begin(), episode.recognised.end(), skill);
  return static_cast<double>(shown) >=
         least_share * static_cast<double>(episode.recognised.size()) - 1e-9;
}

}  // namespace foresight
