#include "controller/headless_run.h"

#include <chrono>
#include <cmath>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

TaskValues values_of(const Task& task, const RunOptions& options) {
  return options.values.empty() ? task.defaults() : options.values;
}

const JoystickCommand& command_at(const std::vector<Segment>& commands, double time) {
  double all = 0;
  for (const Segment& s : commands) all += s.seconds;
  time = std::fmod(time, all);
  for (const Segment& s : commands) {
    if (time < s.seconds - 1e-9) return s.command;
    time -= s.seconds;
  }
  return commands.back().command;
}

class Run {
 public:
  Run(World& world, LookaheadController& controller, const EvalData& data,
      const RunOptions& options)
      : world_(world),
        controller_(controller),
        data_(data),
        options_(options),
        task_(find_task(options.task)),
        meter_(world.character()) {
    controller_.set_task(task_);
    controller_.set_values(0, values_of(task_, options));
    start(0);
  }

  RunSummary go(const std::vector<RunObserver>& observers) {
    const auto begin = Clock::now();
    const int steps =
        static_cast<int>(std::lround(options_.seconds * world_.character().control_hz));
    for (int i = 0; i < steps && !summary_.success; ++i) {
      step(i);
      for (const RunObserver& observer : observers) observer({i, world_, controller_, state_});
    }
    summary_.wall_seconds = 1e-3 * milliseconds_since(begin);
    summary_.motion = meter_.summary();
    summary_.path = meter_.path();
    return summary_;
  }

 private:
  void start(int attempt) {
    Rng rng{random_key(episode_seed(options_.seed, attempt), 0x7374617274)};
    const StartState& s = data_.starts[rng.index(static_cast<int>(data_.starts.size()))];
    std::vector<double> qpos = s.qpos;
    if (attempt > 0) std::copy(place_.data(), place_.data() + 2, qpos.begin());
    world_.set_state(qpos, s.qvel);
    world_.body_state(state_);
    driver_ = {};
    controller_.reset(0, episode_seed(options_.seed, attempt), state_,
                      {qpos.data() + 7, qpos.size() - 7});
  }

  void step(int i) {
    const double dt = world_.character().control_dt();
    if (!options_.commands.empty()) {
      controller_.set_values(0, driver_.step(task_, command_at(options_.commands, i * dt),
                                             yaw_of(state_.root_rotation), dt));
    }
    const auto begin = Clock::now();
    controller_.act({&state_, 1});
    const bool planned = controller_.status(0) == ControlStatus::kOk;
    world_.set_action(controller_.action(0));
    const bool stepped = world_.step() == StepStatus::kOk;
    summary_.step_ms.push_back(milliseconds_since(begin));
    world_.body_state(state_);
    const bool fallen = world_.fall().fallen;
    if (planned && stepped && !fallen) {
      meter_.add(world_, state_);
      summary_.success =
          task_.success && task_.success(state_.root_position, controller_.values(0));
      return;
    }
    place_ = state_.root_position.head<2>();
    summary_.falls.push_back({(i + 1) * dt, fallen ? "fall" : stepped ? "bad plan" : "diverged"});
    start(static_cast<int>(summary_.falls.size()));
  }

  World& world_;
  LookaheadController& controller_;
  const EvalData& data_;
  const RunOptions& options_;
  const Task& task_;
  MotionMeter meter_;
  JoystickDriver driver_;
  BodyState state_;
  Eigen::Vector2d place_ = Eigen::Vector2d::Zero();
  RunSummary summary_;
};

}  // namespace

std::unique_ptr<World> make_run_world(std::shared_ptr<const Character> character,
                                      const RunOptions& options) {
  const Task& task = find_task(options.task);
  const Scene scene = task.scene ? task.scene(values_of(task, options), options.seed) : Scene{};
  return std::make_unique<World>(std::move(character), scene);
}

RunSummary run_headless(World& world, LookaheadController& controller, const EvalData& data,
                        const RunOptions& options, const std::vector<RunObserver>& observers) {
  FS_CHECK(controller.worlds() == 1 && !data.starts.empty());
  FS_CHECK(options.commands.empty() || options.task == "joystick");
  return Run(world, controller, data, options).go(observers);
}

}  // namespace foresight
