#include "controller/headless_run.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/base/clock.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr int kAttempts = 3;  // at getting up

const Task& task_of(const RunOptions& options) {
  return options.own_task ? *options.own_task : find_task(options.task);
}

TaskValues values_of(const Task& task, const RunOptions& options) {
  return options.values.empty() ? task.defaults() : options.values;
}

std::unique_ptr<TaskEpisode> episode_of(const Character& character, const RunOptions& options,
                                        const EvalData& data) {
  const Task& task = task_of(options);
  if (!options.commands.empty()) return std::make_unique<CommandEpisode>(task, options.commands);
  return begin_episode(task, {character, values_of(task, options), options.seed, &data});
}

class Run {
 public:
  Run(World& world, LookaheadController& controller, const EvalData& data,
      const RunOptions& options, const std::vector<RunObserver*>& observers)
      : world_(world),
        controller_(controller),
        data_(data),
        options_(options),
        observers_(observers),
        run_(episode_of(world.character(), options, data), world,
             values_of(task_of(options), options)),
        meter_(world.character()) {
    controller_.set_task(task_of(options));
    rising_.resize(run_.characters());
    acted_.resize(run_.characters());
    for (int i = 0; i < run_.characters(); ++i) start(i, nullptr);
  }

  RunSummary go() {
    const auto begin = Clock::now();
    const int steps =
        static_cast<int>(std::lround(options_.seconds * world_.character().control_hz));
    for (int i = 0; i < steps && !summary_.success && summary_.failure.empty(); ++i) {
      step(i);
    }
    summary_.wall_seconds = 1e-3 * milliseconds_since(begin);
    summary_.motion = meter_.summary();
    summary_.path = meter_.path();
    summary_.measures = run_.episode().measures();
    return summary_;
  }

 private:
  // Every start of a run takes another start state and another seed of the noise.
  void start(int which, const GroundPose* maybe_place) {
    const std::uint64_t seed = episode_seed(options_.seed, starts_++);
    Rng rng{random_key(seed, 0x7374617274)};
    const StartState& s = data_.starts[rng.index(static_cast<int>(data_.starts.size()))];
    hand_over(which, seed, run_.place(which, s, maybe_place));
  }

  void hand_over(int which, std::uint64_t seed, std::span<const double> held) {
    const ControlStart told{seed, run_.states()[which], {held.begin(), held.end()}, {}};
    rising_[which].reset();
    controller_.reset(which, seed, told.now, told.held);
    for (RunObserver* observer : observers_) observer->on_start(which, told);
  }

  void act() {
    for (int c = 0; c < run_.characters(); ++c) acted_[c] = !rising_[c];
    if (std::find(acted_.begin(), acted_.end(), true) != acted_.end()) {
      controller_.act(run_.states());
    }
    for (int c = 0; c < run_.characters(); ++c) {
      world_.set_action(rising_[c] ? rising_[c]->act(world_, c) : controller_.action(c), c);
    }
  }

  void step(int i) {
    const auto begin = Clock::now();
    run_.prepare(controller_, 0);
    act();
    for (RunObserver* observer : observers_) observer->before_step(world_);
    const StepStatus status = world_.step();
    const bool stepped = status == StepStatus::kOk;
    const double ms = milliseconds_since(begin);
    summary_.step_ms.push_back(ms);
    for (RunObserver* observer : observers_) {
      observer->after_step({i, world_, controller_, run_.states()[0], acted_, status, ms});
    }
    const Verdict verdict = run_.judge();
    bool up = true;
    for (int c = 0; c < run_.characters(); ++c) up = stays_up(i, c, stepped) && up;
    if (!up) return;
    meter_.add(world_, run_.states()[0]);
    summary_.success = verdict.kind == Verdict::Kind::kSuccess;
    if (verdict.kind == Verdict::Kind::kFailed) summary_.failure = verdict.reason;
  }

  // After a fall the character goes on from where it lies. False while that lasts.
  bool stays_up(int i, int which, bool stepped) {
    if (rising_[which] && stepped) return rise(which), false;
    const bool fallen = world_.fall(which).fallen;
    const bool planned = controller_.status(which) == ControlStatus::kOk;
    if (planned && stepped && !fallen) return true;
    const char* reason = fallen ? "fall" : stepped ? "bad plan" : "diverged";
    summary_.falls.push_back({(i + 1) * world_.character().control_dt(), reason});
    if (fallen && stepped && options_.get_up) {
      const double* held = world_.data().ctrl + world_.index(which).ctrl;
      rising_[which].emplace(world_.character(), options_.get_up);
      rising_[which]->begin({held, static_cast<std::size_t>(world_.character().nu)});
    } else {
      stand_up(which);
    }
    return false;
  }

  void rise(int which) {
    const GetUp& rising = *rising_[which];
    if (rising.attempts() > kAttempts) return stand_up(which);
    if (!rising.standing()) return;
    ++summary_.got_up;
    world_.clear_fall(which);
    hand_over(which, episode_seed(options_.seed, starts_++), rising.targets());
  }

  void stand_up(int which) {
    const GroundPose place{run_.states()[which].root_position.head<2>(), 0};
    start(which, &place);
  }

  World& world_;
  LookaheadController& controller_;
  const EvalData& data_;
  const RunOptions& options_;
  const std::vector<RunObserver*>& observers_;
  TaskRun run_;
  MotionMeter meter_;
  std::vector<std::optional<GetUp>> rising_;  // per character; nothing: the controller decides
  std::vector<bool> acted_;
  int starts_ = 0;
  RunSummary summary_;
};

}  // namespace

std::unique_ptr<World> make_run_world(std::shared_ptr<const Character> character,
                                      const RunOptions& options, const EvalData& data) {
  const Scene scene = episode_of(*character, options, data)->scene();
  return std::make_unique<World>(std::move(character), scene);
}

RunSummary run_headless(World& world, LookaheadController& controller, const EvalData& data,
                        const RunOptions& options, const std::vector<RunObserver*>& observers) {
  FS_CHECK(controller.worlds() == world.num_characters() && !data.starts.empty());
  FS_CHECK(options.commands.empty() || options.task == "joystick");
  return Run(world, controller, data, options, observers).go();
}

}  // namespace foresight
