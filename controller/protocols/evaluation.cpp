#include "controller/protocols/evaluation.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "controller/kick.h"
#include "controller/recovery/get_up.h"
#include "controller/task_run.h"
#include "controller/task_weights.h"
#include "sim/base/clock.h"
#include "sim/base/error.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr double kShoveTime = 2.0;  // s

/// One running episode. A finished one stays as it is, as padding of the network batch.
struct Episode {
  EpisodeResult result;
  std::vector<Segment> segments;
  std::unique_ptr<World> world;
  std::optional<TaskRun> run;
  std::optional<MotionMeter> meter;
  std::optional<GetUp> rising;  // decides for the first character while it gets up
  int down = 0;                 // control steps from a fall until it stands
  int first_slot = 0;
  bool over = false;
};

/// What all batches of an evaluation share.
struct Setup {
  const Protocol& protocol;
  Task task;
  TaskValues values;
  std::shared_ptr<const Character> character;
  LookaheadController& controller;
  const EvalData& data;
  const EvaluationOptions& options;
  PlanTracker* tracker;
  std::shared_ptr<const mjModel> bare;       // compiled scene without objects
  std::shared_ptr<const GetUpSkill> get_up;  // null: a fall ends an episode
};

class Batch {
 public:
  Batch(const Setup& setup, int number, int per_batch)
      : s_(setup), number_(number), episodes_(per_batch), states_(setup.options.batch) {
    s_.controller.set_task(s_.task);
    if (s_.tracker != nullptr) s_.tracker->reset();
    for (int i = 0; i < per_batch; ++i) start(i, number * per_batch + i);
    for (Episode& e : episodes_) {
      for (int c = 0; c < e.run->characters(); ++c) bodies_.push_back({e.world.get(), c});
    }
    FS_CHECK(bodies_.size() == states_.size());
  }

  int steps() const {
    return static_cast<int>(std::lround(s_.protocol.seconds() * s_.character->control_hz));
  }
  bool all_over() const {
    return std::all_of(episodes_.begin(), episodes_.end(), [](const Episode& e) { return e.over; });
  }

  void step(int step, WorkerPool& pool) {
    for (Episode& e : episodes_) prepare(e, step);
    if (s_.tracker != nullptr) {
      s_.tracker->act(s_.controller, states_, bodies_, pool);
    } else {
      s_.controller.act(states_);
    }
    pool.run(static_cast<int>(episodes_.size()), [&](int i) { simulate(episodes_[i]); });
  }

  void take(int count, EvaluationResult& out) {
    BatchResult batch{number_, GaussianFit(state_layout(*s_.character).dim() - 2)};
    for (int i = 0; i < count; ++i) {
      Episode& e = episodes_[i];
      finish(e);
      batch.features.add(e.meter->features());
      out.episodes.push_back(std::move(e.result));
    }
    out.batches.push_back(std::move(batch));
  }

 private:
  void start(int i, int index) {
    Episode& e = episodes_[i];
    e.result.index = index;
    e.result.seed = episode_seed(s_.options.seed, index);
    if (s_.protocol.segments) e.segments = s_.protocol.segments(e.result.seed);
    auto episode =
        begin_episode(s_.protocol, s_.task, {*s_.character, s_.values, e.result.seed, &s_.data});
    e.result.scene = episode->scene();
    const bool bare = e.result.scene.objects.empty() && e.result.scene.characters == 1 &&
                      e.result.scene.floor && e.result.scene.floor_z == 0;
    e.world = bare ? std::make_unique<World>(s_.character, e.result.scene, s_.bare)
                   : std::make_unique<World>(s_.character, e.result.scene);
    if (s_.options.keep_rollouts) begin_rollout(e.result.rollout);
    e.meter.emplace(*s_.character);
    e.run.emplace(std::move(episode), *e.world, s_.values);
    e.first_slot = i * e.run->characters();
    e.result.paths.resize(e.run->characters());
    Rng rng{random_key(e.result.seed, 0x7374617274)};
    for (int c = 0; c < e.run->characters(); ++c) {
      const auto& starts = s_.data.starts;
      const auto held = e.run->place(c, starts[rng.index(static_cast<int>(starts.size()))]);
      s_.controller.reset(e.first_slot + c, noise_seed(e.result.seed, c), e.run->states()[c], held);
    }
  }

  void begin_rollout(RolloutSet& rollout) const {
    rollout = make_rollout_set(*s_.character);
    add_clip(rollout, {"visited/" + s_.protocol.name, "Apache-2.0", "visited", "train"});
    begin_episode(rollout, 0, 0);
  }

  static std::uint64_t noise_seed(std::uint64_t seed, int character) {
    return character == 0 ? seed : random_key(seed, character);
  }

  // Kick and orders of one control step, before planning.
  void prepare(Episode& e, int step) {
    if (!e.over) {
      const double dt = s_.character->control_dt();
      const int interval = static_cast<int>(std::lround(s_.protocol.kick_interval / dt));
      if (s_.protocol.kick > 0 && step > 0 && step % interval == 0) {
        kick(e, kick_of(e.result.seed, step / interval, s_.protocol.kick));
      }
      if (s_.protocol.shove > 0 && step == std::lround(kShoveTime / dt)) {
        kick(e, s_.protocol.shove * kick_of(e.result.seed, 0, 1).normalized());
      }
      if (e.rising && e.rising->standing()) go_on(e);
      e.run->prepare(s_.controller, e.first_slot);
    }
    const auto& states = e.run->states();
    std::copy(states.begin(), states.end(), states_.begin() + e.first_slot);
  }

  void kick(Episode& e, const Eigen::Vector2d& velocity) const {
    e.world->kick(velocity);
    e.run->refresh();
    if (keeps_rollout(e)) mark_push(e.result.rollout);
  }

  bool keeps_rollout(const Episode& e) const {
    return s_.options.keep_rollouts && e.result.falls == 0;
  }

  // After it has got up.
  void go_on(Episode& e) {
    const std::uint64_t noise = random_key(e.result.seed, e.result.falls);
    s_.controller.reset(e.first_slot, noise, e.run->states()[0], e.rising->targets());
    e.world->clear_fall();
    e.rising.reset();
  }

  void begin_to_rise(Episode& e) const {
    const double* held = e.world->data().ctrl + e.world->index().ctrl;
    e.rising.emplace(*s_.character, s_.get_up);
    e.rising->begin({held, static_cast<std::size_t>(s_.character->nu)});
    ++e.result.falls;
  }

  std::span<const double> action_of(Episode& e, int character) {
    if (e.rising) return e.rising->act(*e.world, character);
    const int slot = e.first_slot + character;
    return s_.tracker != nullptr ? s_.tracker->action(slot) : s_.controller.action(slot);
  }

  void simulate(Episode& e) {
    if (e.over) return;
    for (int c = 0; c < e.run->characters(); ++c) {
      const bool bad = s_.controller.status(e.first_slot + c) != ControlStatus::kOk;
      if (bad && !e.rising) return fail(e, "bad plan", true);
      e.world->set_action(action_of(e, c), c);
    }
    keep_step(e);
    if (e.world->step() == StepStatus::kDiverged) return fail(e, "diverged", true);
    const Verdict verdict = e.run->judge();
    keep_frame(e);
    e.down += e.rising.has_value();
    if (s_.get_up && e.world->fall().fallen) {
      if (!e.rising) begin_to_rise(e);
      return;
    }
    if (verdict.kind == Verdict::Kind::kFailed) {
      return fail(e, verdict.reason, verdict.reason == "fall" || verdict.reason == "floor");
    }
    for (int c = 0; c < e.run->characters(); ++c) {
      const auto& root = e.run->states()[c].root_position;
      e.result.paths[c].push_back({root.x(), root.y()});
    }
    e.meter->add(*e.world, e.run->states()[0]);
    if (verdict.kind == Verdict::Kind::kSuccess) e.over = e.result.success = true;
  }

  void keep_step(Episode& e) const {
    if (!keeps_rollout(e)) return;
    const Character& c = *s_.character;
    const mjData& d = e.world->data();
    const CharacterIndex& at = e.world->index();
    const std::span<const double> action(d.ctrl + at.ctrl, static_cast<std::size_t>(c.nu));
    append_step(e.result.rollout, e.run->states()[0],
                {d.qpos + at.qpos, static_cast<std::size_t>(c.nq)},
                {d.qvel + at.qvel, static_cast<std::size_t>(c.nv)}, action, action);
  }

  void keep_frame(Episode& e) const {
    if (s_.options.kept_frames == 0) return;
    const mjModel& m = e.world->model();
    const mjData& d = e.world->data();
    e.result.frames.push_back({{d.qpos, d.qpos + m.nq},
                               {d.mocap_pos, d.mocap_pos + 3 * m.nmocap},
                               {d.qvel, d.qvel + m.nv},
                               {d.ctrl, d.ctrl + m.nu}});
    const auto most = static_cast<std::size_t>(s_.options.kept_frames);
    if (e.result.frames.size() > most) e.result.frames.pop_front();
  }

  static void fail(Episode& e, const std::string& reason, bool fell) {
    e.over = true;
    e.result.fell = fell;
    e.result.reason = reason;
  }

  void finish(Episode& e) const {
    if (e.rising) fail(e, "down", true);
    if (!e.over) {
      e.result.success = !s_.protocol.has_goal;
      if (s_.protocol.has_goal) e.result.reason = "late";
    }
    e.result.motion = e.meter->summary();
    e.result.measures = e.run->episode().measures();
    if (s_.get_up) {
      e.result.measures["falls"] = e.result.falls;
      e.result.measures["seconds_down"] = e.down * s_.character->control_dt();
    }
    if (s_.protocol.has_goal && e.result.success) {
      e.result.measures["time_to_goal_s"] = e.result.motion.seconds;
    }
    measure_segments(e);
  }

  void measure_segments(Episode& e) const {
    const auto& velocity = e.meter->heading_velocity();
    std::size_t begin = 0;
    for (const Segment& s : e.segments) {
      const auto count =
          static_cast<std::size_t>(std::lround(s.seconds * s_.character->control_hz));
      const std::size_t end = begin + count;
      if (end > velocity.size()) return;
      SegmentResult result{s.command, Eigen::Vector2d::Zero()};
      for (std::size_t t = begin + count / 2; t < end; ++t) result.mean_velocity += velocity[t];
      result.mean_velocity /= static_cast<double>(count - count / 2);
      e.result.segments.push_back(result);
      begin = end;
    }
  }

  const Setup& s_;
  int number_;
  std::vector<Episode> episodes_;
  std::vector<BodyState> states_;
  std::vector<TrackedBody> bodies_;
};

int characters_of(const Setup& s) {
  const auto episode = begin_episode(
      s.protocol, s.task, {*s.character, s.values, episode_seed(s.options.seed, 0), &s.data});
  return episode->scene().characters;
}

Setup make_setup(const Protocol& protocol, std::shared_ptr<const Character> character,
                 LookaheadController& controller, const EvalData& data,
                 const EvaluationOptions& options, PlanTracker* tracker) {
  Task task = find_task(protocol.task);
  apply_weights(options.weights, task);
  const TaskValues values = task_values(task, protocol.settings);
  std::shared_ptr<const mjModel> bare(compile_scene(*character, Scene{}));
  auto get_up = protocol.shove > 0 ? shipped_get_up(*character) : nullptr;
  return {protocol, task,    values,  std::move(character), controller,
          data,     options, tracker, std::move(bare),      std::move(get_up)};
}

}  // namespace

BatchRange batches_of(const EvaluationOptions& options, int characters) {
  if (options.batch % characters != 0) {
    throw InputError("--batch " + std::to_string(options.batch) + ": expected a multiple of " +
                     std::to_string(characters) + ", the characters of an episode");
  }
  const Shard& shard = options.shard;
  if (shard.count < 1 || shard.index < 0 || shard.index >= shard.count) {
    throw InputError("--shard " + std::to_string(shard.index) + "/" + std::to_string(shard.count) +
                     ": expected I/N with I from 0 to N - 1");
  }
  BatchRange range;
  range.per_batch = options.batch / characters;
  const int all = (options.episodes + range.per_batch - 1) / range.per_batch;
  range.first = static_cast<int>(static_cast<long>(all) * shard.index / shard.count);
  range.last = static_cast<int>(static_cast<long>(all) * (shard.index + 1) / shard.count);
  return range;
}

EvaluationResult evaluate(const Protocol& protocol, std::shared_ptr<const Character> character,
                          LookaheadController& controller, const EvalData& data,
                          const EvaluationOptions& options, PlanTracker* maybe_tracker) {
  FS_CHECK(options.batch == controller.worlds() && !data.starts.empty());
  const Setup setup =
      make_setup(protocol, std::move(character), controller, data, options, maybe_tracker);
  const BatchRange range = batches_of(options, characters_of(setup));
  WorkerPool pool(options.workers);
  EvaluationResult result;
  ProgressBar bar("eval " + protocol.name, (range.last - range.first) * protocol.seconds(),
                  options.quiet);
  const auto start = Clock::now();
  for (int b = range.first; b < range.last; ++b) {
    Batch batch(setup, b, range.per_batch);
    for (int s = 0; s < batch.steps() && !batch.all_over(); ++s) {
      const auto step_start = Clock::now();
      batch.step(s, pool);
      result.step_ms.push_back(1000 * seconds_since(step_start));
      const bool planned = maybe_tracker == nullptr || s % maybe_tracker->replan() == 0;
      result.network_calls += planned ? controller.plan().network_calls : 0;
      bar.update((b - range.first) * protocol.seconds() + s * setup.character->control_dt());
    }
    batch.take(std::min(range.per_batch, options.episodes - b * range.per_batch), result);
  }
  result.wall_seconds = seconds_since(start);
  for (const EpisodeResult& e : result.episodes) result.character_seconds += e.motion.seconds;
  return result;
}

RolloutSet kept_rollouts(const Character& character, const EvaluationResult& result,
                         double seconds_before_fall) {
  RolloutSet all = make_rollout_set(character);
  const auto cut = static_cast<int>(std::lround(seconds_before_fall * character.control_hz));
  for (const EpisodeResult& e : result.episodes) {
    const int steps = static_cast<int>(e.rollout.steps()) - (e.fell || e.falls > 0 ? cut : 0);
    if (steps > 0) append_stretch(all, e.rollout, 0, 0, steps);
  }
  return all;
}

}  // namespace foresight
