#include "controller/bench_control.h"

#include "controller/pose_from_state.h"
#include "controller/statistics.h"
#include "sim/base/clock.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

/// Body states of a closed loop, on which variants are compared.
struct Recording {
  std::vector<BodyState> states;
  std::vector<double> held;
  std::vector<double> step_ms;
  double network_calls = 0;
};

Recording run_loop(std::shared_ptr<const Character> character, LookaheadController& controller,
                   const StartState& start, const BenchOptions& bench) {
  Recording recording;
  World world(character, Scene{});
  BodyState state;
  recording.held.assign(start.qpos.begin() + 7, start.qpos.end());
  for (int i = 0; i < bench.steps; ++i) {
    // A fall would be slower or faster than walking: begin again.
    if (i == 0 || world.fall().fallen) {
      world.set_state(start.qpos, start.qvel);
      world.body_state(state);
      controller.reset(0, bench.seed, state, recording.held);
    }
    const auto begin = Clock::now();
    controller.act({&state, 1});
    world.set_action(controller.action(0));
    world.step();
    recording.states.push_back(state);
    world.body_state(state);
    recording.step_ms.push_back(milliseconds_since(begin));
    recording.network_calls += controller.plan().network_calls;
  }
  recording.network_calls /= bench.steps;
  return recording;
}

struct Replay {
  double median_ms = 0;
  std::vector<torch::Tensor> actions;  // normalised
};

/// Plans again for recorded states, without physics.
Replay replay(LookaheadController& controller, const Recording& recording, const BenchOptions& b) {
  controller.set_task(find_task("joystick"));
  controller.reset(0, b.seed, recording.states[0], recording.held);
  Replay out;
  std::vector<double> times;
  const int steps = std::min<int>(b.compare_steps, static_cast<int>(recording.states.size()));
  for (int i = 0; i < steps; ++i) {
    const auto begin = Clock::now();
    controller.act({&recording.states[i], 1});
    if (i > 0) times.push_back(milliseconds_since(begin));  // the first one has more calls
    const Normaliser normaliser = controller.model().normaliser.to(torch::kCPU);
    out.actions.push_back(normaliser.normalise_actions(
        controller.plan().actions.select(1, controller.model().config.now())));
  }
  out.median_ms = percentile(times, 50);
  return out;
}

double largest_difference(const Replay& a, const Replay& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.actions.size(); ++i) {
    largest = std::max(largest, (a.actions[i] - b.actions[i]).abs().max().item<double>());
  }
  return largest;
}

/// Time that joint angles of a predicted state take, warm-started along the last plan, ms.
double pose_ms(std::shared_ptr<const Character> character, const LookaheadController& controller) {
  constexpr int kRounds = 10;
  const torch::Tensor states = controller.plan().states[0].contiguous();
  const GroundPose& frame = controller.plan().frames[0];
  const StateLayout& layout = controller.model().layout;
  StatePoseSolver solver(std::move(character));
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) {
    for (std::int64_t t = 0; t < states.size(0); ++t) {
      const float* token = states[t].data_ptr<float>();
      const auto begin = Clock::now();
      solver.solve(pose_targets(layout, {token, static_cast<std::size_t>(layout.dim())},
                                frame.position, frame.yaw));
      if (round > 0) times.push_back(milliseconds_since(begin));  // the first start is cold
    }
  }
  return percentile(times, 50);
}

/// The same network, but with an action token for every frame; its weights do not matter for speed.
std::shared_ptr<const LookaheadModel> with_all_action_tokens(const LookaheadModel& model) {
  auto all = std::make_shared<LookaheadModel>(model);
  all->config.action_frames = all->config.frames();
  all->denoiser = JointDenoiser(all->config);
  all->denoiser->to(model.normaliser.projection.device());
  all->denoiser->eval();
  return all;
}

}  // namespace

json bench_control(std::shared_ptr<const Character> character,
                   std::shared_ptr<const LookaheadModel> model, const LookaheadOptions& options,
                   const EvalData& data, const BenchOptions& bench) {
  const auto make = [&](std::shared_ptr<const LookaheadModel> which, const LookaheadOptions& o) {
    return LookaheadController(character, std::move(which), o, 1);
  };
  LookaheadController configured = make(model, options);
  configured.set_task(find_task("joystick"));
  const Recording recording = run_loop(character, configured, data.starts.front(), bench);

  LookaheadOptions pruned = options, unpruned = options, half = options, naive = options;
  pruned.bf16 = unpruned.bf16 = naive.bf16 = false;
  half.bf16 = true;
  unpruned.sampler.prune = naive.sampler.prune = false;
  naive.sampler.roll_states = naive.sampler.roll_actions = false;
  naive.sampler.stride = 1;
  const auto timed = [&](std::shared_ptr<const LookaheadModel> which, const LookaheadOptions& o) {
    LookaheadController controller = make(std::move(which), o);
    return replay(controller, recording, bench);
  };
  const Replay with = timed(model, pruned), without = timed(model, unpruned);
  const Replay fast = timed(model, half), slow = timed(with_all_action_tokens(*model), naive);
  const double mean_ms = mean_estimate(recording.step_ms).mean;
  return {
      {"step_ms",
       {{"p50", percentile(recording.step_ms, 50)},
        {"p95", percentile(recording.step_ms, 95)},
        {"p99", percentile(recording.step_ms, 99)}}},
      {"real_time_factor", 1000 * character->control_dt() / mean_ms},
      {"network_calls", recording.network_calls},
      {"pose_from_state_ms", pose_ms(character, configured)},
      {"pruned_max_abs_diff", largest_difference(with, without)},
      {"pruned_speedup", without.median_ms / with.median_ms},
      {"naive_speedup", slow.median_ms / with.median_ms},
      {"speedup_bf16", slow.median_ms / fast.median_ms},
      {"plan_ms", {{"fp32", with.median_ms}, {"bf16", fast.median_ms}, {"naive", slow.median_ms}}}};
}

}  // namespace foresight
