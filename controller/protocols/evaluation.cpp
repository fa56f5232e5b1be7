#include "controller/protocols/evaluation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "sim/base/error.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One running episode. A finished one stays as it is, as padding of the network batch.
struct Episode {
  EpisodeResult result;
  std::vector<Segment> segments;
  JoystickDriver driver;
  std::unique_ptr<World> world;
  BodyState state;
  std::optional<MotionMeter> meter;
  bool over = false;
};

class Batch {
 public:
  Batch(const Protocol& protocol, std::shared_ptr<const Character> character,
        LookaheadController& controller, const EvalData& data, const EvaluationOptions& options,
        int number, std::shared_ptr<const mjModel> compiled)
      : protocol_(protocol),
        task_(find_task(protocol.task)),
        character_(std::move(character)),
        controller_(controller),
        episodes_(options.batch),
        states_(options.batch) {
    controller_.set_task(task_);
    for (int i = 0; i < options.batch; ++i) {
      start(i, number * options.batch + i, data, options, compiled);
    }
  }

  int steps() const {
    return static_cast<int>(std::lround(protocol_.seconds() * character_->control_hz));
  }
  bool all_over() const {
    return std::all_of(episodes_.begin(), episodes_.end(), [](const Episode& e) { return e.over; });
  }

  void step(int step, WorkerPool& pool) {
    for (std::size_t i = 0; i < episodes_.size(); ++i) prepare(static_cast<int>(i), step);
    controller_.act(states_);
    pool.run(static_cast<int>(episodes_.size()), [&](int i) { simulate(i); });
  }

  void take(int count, std::vector<EpisodeResult>& out) {
    for (int i = 0; i < count; ++i) {
      Episode& e = episodes_[i];
      e.result.motion = e.meter->summary();
      e.result.path = e.meter->path();
      e.result.features = e.meter->features();
      measure_segments(e);
      out.push_back(std::move(e.result));
    }
  }

 private:
  void start(int i, int index, const EvalData& data, const EvaluationOptions& options,
             const std::shared_ptr<const mjModel>& compiled) {
    Episode& e = episodes_[i];
    e.result.index = index;
    e.result.seed = episode_seed(options.seed, index);
    e.segments = protocol_.segments(e.result.seed);
    e.world = std::make_unique<World>(character_, Scene{}, compiled);
    e.meter.emplace(*character_);
    Rng rng{random_key(e.result.seed, 0x7374617274)};
    const StartState& start = data.starts[rng.index(static_cast<int>(data.starts.size()))];
    e.world->set_state(start.qpos, start.qvel);
    e.world->body_state(e.state);
    controller_.reset(i, e.result.seed, e.state,
                      {start.qpos.data() + 7, static_cast<std::size_t>(character_->nu)});
  }

  const Segment& segment_at(const Episode& e, double time) const {
    for (const Segment& s : e.segments) {
      if (time < s.seconds - 1e-9) return s;
      time -= s.seconds;
    }
    return e.segments.back();
  }

  // Kick and command of one control step, before planning.
  void prepare(int i, int step) {
    Episode& e = episodes_[i];
    const double dt = character_->control_dt();
    if (!e.over) {
      const int interval = static_cast<int>(std::lround(protocol_.kick_interval / dt));
      if (protocol_.kick > 0 && step > 0 && step % interval == 0) {
        const auto kick = kick_of(e.result.seed, step / interval, protocol_.kick);
        e.world->kick({kick[0], kick[1]});
        e.world->body_state(e.state);
      }
      if (protocol_.task == "joystick") {
        controller_.set_values(i, e.driver.step(task_, segment_at(e, step * dt).command,
                                                yaw_of(e.state.root_rotation), dt));
      }
    }
    states_[i] = e.state;
  }

  void simulate(int i) {
    Episode& e = episodes_[i];
    if (e.over) return;
    if (controller_.status(i) != ControlStatus::kOk) return fail(e, "bad plan");
    e.world->set_action(controller_.action(i));
    if (e.world->step() == StepStatus::kDiverged) return fail(e, "diverged");
    e.world->body_state(e.state);
    if (e.world->fall().fallen) return fail(e, "fall");
    e.meter->add(*e.world, e.state);
  }

  static void fail(Episode& e, const char* reason) {
    e.over = true;
    e.result.failed = true;
    e.result.reason = reason;
  }

  void measure_segments(Episode& e) const {
    const auto& velocity = e.meter->heading_velocity();
    std::size_t begin = 0;
    for (const Segment& s : e.segments) {
      const auto count = static_cast<std::size_t>(std::lround(s.seconds * character_->control_hz));
      const std::size_t end = begin + count;
      if (end > velocity.size()) return;
      SegmentResult result{s.command, Eigen::Vector2d::Zero()};
      for (std::size_t t = begin + count / 2; t < end; ++t) result.mean_velocity += velocity[t];
      result.mean_velocity /= static_cast<double>(count - count / 2);
      e.result.segments.push_back(result);
      begin = end;
    }
  }

  const Protocol& protocol_;
  const Task& task_;
  std::shared_ptr<const Character> character_;
  LookaheadController& controller_;
  std::vector<Episode> episodes_;
  std::vector<BodyState> states_;
};

}  // namespace

EvaluationResult evaluate(const Protocol& protocol, std::shared_ptr<const Character> character,
                          LookaheadController& controller, const EvalData& data,
                          const EvaluationOptions& options) {
  FS_CHECK(options.batch == controller.worlds() && !data.starts.empty());
  const std::shared_ptr<const mjModel> compiled(compile_scene(*character, Scene{}));
  WorkerPool pool(options.workers);
  EvaluationResult result;
  const int all = (options.episodes + options.batch - 1) / options.batch;
  const int last = options.batches < 0 ? all : std::min(all, options.first_batch + options.batches);
  ProgressBar bar("eval " + protocol.name, (last - options.first_batch) * protocol.seconds(),
                  options.quiet);
  const auto start = Clock::now();
  double steps_done = 0;
  for (int b = options.first_batch; b < last; ++b) {
    Batch batch(protocol, character, controller, data, options, b, compiled);
    for (int s = 0; s < batch.steps() && !batch.all_over(); ++s) {
      const auto step_start = Clock::now();
      batch.step(s, pool);
      result.step_ms.push_back(1000 * seconds_since(step_start));
      result.network_calls += controller.plan().network_calls;
      steps_done += 1;
      bar.update((b - options.first_batch) * protocol.seconds() + s * character->control_dt());
    }
    batch.take(std::min(options.batch, options.episodes - b * options.batch), result.episodes);
  }
  if (steps_done > 0) result.network_calls /= steps_done;
  result.wall_seconds = seconds_since(start);
  for (const EpisodeResult& e : result.episodes) result.character_seconds += e.motion.seconds;
  return result;
}

}  // namespace foresight
