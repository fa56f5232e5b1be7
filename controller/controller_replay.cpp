#include "controller/controller_replay.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "controller/control_log.h"
#include "controller/plan_worker.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;
using Schedule = std::vector<PlanTiming>;

// Plan times of every start of every character: [character][step of the start].
using Schedules = std::map<int, std::map<std::int64_t, Schedule>>;

Schedules read_schedules(RecordingReader& reader) {
  Schedules all;
  for (const RecordedSegment& segment : reader.segments()) {
    const int characters = scene_from_json(segment.start.scene).characters;
    for (std::int64_t n = segment.first; n < segment.first + segment.steps; ++n) {
      for (int c = 0; c < characters; ++c) {
        const ControlStep step = control_step(reader.step(n), c, reader.name());
        auto& starts = all[c];
        if (step.start) starts[n] = {};
        if (!step.plan || starts.empty()) continue;
        starts.rbegin()->second.push_back(*step.plan);
      }
    }
  }
  return all;
}

// Orders must fit what they are given to; the log may have been made by another program.
void check_orders(const ControlOrders& orders, const Task& task, const LookaheadModel& model,
                  const std::string& name) {
  if (orders.values.size() != task.parameters.size()) {
    throw InputError(name + ": task " + task.name + " was recorded with " +
                     std::to_string(orders.values.size()) + " parameters, this program's has " +
                     std::to_string(task.parameters.size()));
  }
  if (!orders.surroundings) return;
  bool good = true;
  for (const Mover& mover : orders.surroundings->movers) good = good && !mover.path.empty();
  for (const Keyframe& key : orders.surroundings->keyframes) {
    for (const StateRange& part : key.parts) {
      good = good && part.first + part.size <= model.layout.dim();
    }
  }
  if (!good) throw InputError(name + ": the surroundings of a step are damaged");
}

void check_body(const BodyState& state, const BodyState& like, const std::string& name) {
  if (state.key_position.cols() != like.key_position.cols() ||
      state.end_effector_rotation.size() != like.end_effector_rotation.size()) {
    throw InputError(name + ": a start of the controller is that of another character");
  }
}

// One character as the log tells of it.
struct Slot {
  json told_task;
  std::shared_ptr<const Task> task;
  ControlOrders orders;
  bool known = false;  // the controller's state follows from the log
};

// One controller with all its characters.
class Group {
 public:
  Group(const ControllerReplayInput& input, const ControlSettings& settings, int first, int count,
        const std::string& name)
      : input_(input),
        model_(input.model(settings.checkpoint_sha256)),
        controller_(input.character, model_, settings.options, count),
        slots_(count),
        first_(first),
        name_(name) {
    if (settings.threaded) worker_ = std::make_unique<PlanWorker>(controller_);
  }

  int first() const { return first_; }
  int count() const { return static_cast<int>(slots_.size()); }

  // Takes over what the log tells before the actions of a step. Returns which of them are the
  // controller's; none, when what it was told is not known of all.
  std::vector<bool> prepare(std::int64_t n, const RecordedStep& recorded,
                            const std::vector<BodyState>& states, Schedules& schedules) {
    std::vector<bool> acted(slots_.size(), false);
    for (int i = 0; i < count(); ++i) {
      const ControlStep step = control_step(recorded, first_ + i, name_);
      Slot& slot = slots_[i];
      if (step.start) {
        for (const Moment& m : step.start->control.past) check_body(m.state, states[i], name_);
        check_body(step.start->control.now, states[i], name_);
        start(i, *step.start, schedules[first_ + i][n]);
      }
      if (step.lost) slot.known = false;
      if (!slot.known || !step.acted) {
        continue;
      }
      acted[i] = true;
      if (step.task) set_task(slot, *step.task);
      change_orders(step, slot);
      for (const Keyframe& key : slot.orders.surroundings->keyframes) {
        check_body(key.state, states[i], name_);
      }
    }
    const bool told =
        std::all_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.task; });
    return told ? acted : std::vector<bool>(slots_.size(), false);
  }

  // Actions of all characters, nu x count.
  Eigen::MatrixXd act(const std::vector<BodyState>& states) {
    Eigen::MatrixXd actions(input_.character->nu, count());
    if (worker_) {
      worker_->set_values(slots_[0].orders.values);
      worker_->set_surroundings(slots_[0].orders.surroundings);
      const std::vector<double> action = worker_->step(states[0]).action;
      actions.col(0) = Eigen::Map<const Eigen::VectorXd>(action.data(), actions.rows());
      return actions;
    }
    for (int i = 0; i < count(); ++i) {
      controller_.set_values(i, slots_[i].orders.values);
      controller_.set_surroundings(i, slots_[i].orders.surroundings);
    }
    controller_.act(states);
    for (int i = 0; i < count(); ++i) {
      actions.col(i) =
          Eigen::Map<const Eigen::VectorXd>(controller_.action(i).data(), actions.rows());
    }
    return actions;
  }

 private:
  void set_task(Slot& slot, const json& task) {
    if (task == slot.told_task) return;
    slot.told_task = task;
    slot.task = input_.task(task);
    if (worker_) {
      worker_->set_task(*slot.task, slot.task->defaults());
    } else {
      controller_.set_task(*slot.task);
    }
  }

  void change_orders(const ControlStep& step, Slot& slot) const {
    if (step.values) slot.orders.values = *step.values;
    if (step.obstacles || step.around) {
      Surroundings changed = step.around ? *step.around : *slot.orders.surroundings;
      changed.obstacles = step.obstacles ? *step.obstacles : slot.orders.surroundings->obstacles;
      slot.orders.surroundings = std::make_shared<const Surroundings>(std::move(changed));
    }
    check_orders(slot.orders, *slot.task, *model_, name_);
  }

  void start(int i, const ControlStep::Start& start, const Schedule& schedule) {
    Slot& slot = slots_[i];
    set_task(slot, start.task);
    slot.orders = start.orders;
    slot.known = true;
    const ControlStart& c = start.control;
    const auto nu = static_cast<std::size_t>(input_.character->nu);
    bool fits = c.held.size() == nu;
    for (const Moment& moment : c.past) fits = fits && moment.executed.size() == nu;
    if (!fits) throw InputError(name_ + ": a start of the controller is damaged");
    if (!worker_) return controller_.reset(i, c.seed, c.now, c.held);
    begin_worker(slot, c, schedule);
  }

  void begin_worker(const Slot& slot, const ControlStart& c, const Schedule& schedule) {
    if (!schedule.empty() && !(schedule.front() == PlanTiming{0, 0})) {
      throw InputError(name_ + ": the times of plans are damaged");
    }
    check_orders(slot.orders, *slot.task, *model_, name_);
    worker_->set_values(slot.orders.values);
    worker_->set_surroundings(slot.orders.surroundings);
    worker_->follow(schedule);
    worker_->start(c);
  }

  const ControllerReplayInput& input_;
  std::shared_ptr<const LookaheadModel> model_;
  LookaheadController controller_;
  std::unique_ptr<PlanWorker> worker_;  // after the controller, which it uses
  std::vector<Slot> slots_;
  int first_;
  const std::string& name_;
};

class Walk {
 public:
  Walk(RecordingReader& reader, const ControllerReplayInput& input)
      : reader_(reader), input_(input), schedules_(read_schedules(reader)) {}

  ControllerReplayReport go() {
    const auto before = [this](std::int64_t n, const World& world) { step(n, world); };
    report_.physics = replay(reader_, input_.character, {}, before);
    return report_;
  }

 private:
  void step(std::int64_t n, const World& world) {
    const std::int64_t segment = reader_.block_of(n).segment;
    const RecordedSegment& s = reader_.segments()[segment];
    if (n == s.first) enter(s.start.info.value("control", json()), world.num_characters());
    for (; event_ < reader_.events().size() && reader_.events()[event_].step <= n; ++event_) {
      const json& what = reader_.events()[event_].what;
      const bool control = what.is_object() && what.value("setting", json()) == "control";
      if (control) build(what.value("value", json()), world.num_characters());
    }
    const RecordedStep recorded = reader_.step(n);
    for (const auto& group : groups_) compare(n, recorded, world, *group);
    if (groups_.empty()) report_.other += world.num_characters();
  }

  // A new scene keeps its controllers as long as they fit.
  void enter(const json& settings, int characters) {
    if (!settings.is_object()) {
      throw InputError(reader_.name() +
                       ": does not tell what its controller was told (it was made by an older "
                       "version or by something that has none); replay it without --controller");
    }
    if (settings != settings_ || characters != characters_) build(settings, characters);
  }

  void build(const json& told, int characters) {
    const ControlSettings settings = control_settings_from_json(told, reader_.name());
    settings_ = told;
    characters_ = characters;
    groups_.clear();
    if (settings.checkpoint_sha256.empty()) return;
    const int size = settings.shared ? characters : 1;
    for (int first = 0; first < characters; first += size) {
      groups_.push_back(std::make_unique<Group>(input_, settings, first, size, reader_.name()));
    }
  }

  void compare(std::int64_t n, const RecordedStep& recorded, const World& world, Group& group) {
    std::vector<BodyState> states(group.count());
    for (int i = 0; i < group.count(); ++i) world.body_state(states[i], group.first() + i);
    const std::vector<bool> acted = group.prepare(n, recorded, states, schedules_);
    const auto count = std::count(acted.begin(), acted.end(), true);
    report_.other += group.count() - count;
    if (count == 0) return;
    const Eigen::MatrixXd actions = group.act(states);
    for (int i = 0; i < group.count(); ++i) {
      if (!acted[i]) continue;
      const int character = group.first() + i;
      compare_action(n, character, world.data().ctrl + world.index(character).ctrl, actions.col(i));
    }
  }

  void compare_action(std::int64_t n, int character, const double* recorded,
                      const Eigen::VectorXd& computed) {
    ++report_.compared;
    for (Eigen::Index j = 0; j < computed.size(); ++j) {
      const double difference = std::abs(computed[j] - recorded[j]);
      report_.largest = std::max(report_.largest, difference);
      if (report_.first || difference <= input_.tolerance) continue;
      report_.first = ActionDifference{n, character, input_.character->joint_names[j], recorded[j],
                                       computed[j]};
    }
  }

  RecordingReader& reader_;
  const ControllerReplayInput& input_;
  Schedules schedules_;
  std::size_t event_ = 0;
  json settings_;
  int characters_ = 0;
  std::vector<std::unique_ptr<Group>> groups_;
  ControllerReplayReport report_;
};

}  // namespace

ControllerReplayReport replay_controller(RecordingReader& reader,
                                         const ControllerReplayInput& input) {
  return Walk(reader, input).go();
}

}  // namespace foresight
