#include "controller/control_log.h"

#include <bit>
#include <cmath>
#include <utility>

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;
using Numbers = std::vector<double>;

constexpr int kObstacleNumbers = 9;
constexpr double kMostItems = 1e6;

std::string channel_name(int character, const char* what) {
  return "control." + std::to_string(character) + "." + what;
}

template <typename Vector>
void put(const Vector& v, Numbers& out) {
  out.insert(out.end(), v.data(), v.data() + v.size());
}

void put_body(const BodyState& s, Numbers& out) {
  out.push_back(static_cast<double>(s.key_position.cols()));
  out.push_back(static_cast<double>(s.end_effector_rotation.size()));
  put(s.root_position, out);
  put(s.root_rotation.coeffs(), out);
  put(s.root_velocity, out);
  put(s.root_angular_velocity, out);
  put(s.key_position, out);
  put(s.key_velocity, out);
  for (const auto& q : s.end_effector_rotation) put(q.coeffs(), out);
}

Numbers obstacle_numbers(const std::vector<Obstacle>& obstacles) {
  Numbers out;
  for (const Obstacle& o : obstacles) {
    put(o.centre, out);
    out.push_back(o.yaw);
    put(o.half, out);
    out.push_back(o.ring);
    out.push_back(o.round);
  }
  return out;
}

void put_keyframe(const Keyframe& key, Numbers& out) {
  out.push_back(key.frames_ahead);
  put_body(key.state, out);
  out.push_back(static_cast<double>(key.parts.size()));
  for (const StateRange& part : key.parts) {
    out.push_back(part.first);
    out.push_back(part.size);
  }
}

Numbers around_numbers(const Surroundings& s) {
  Numbers out{static_cast<double>(s.movers.size())};
  for (const Mover& mover : s.movers) {
    out.push_back(mover.radius);
    out.push_back(static_cast<double>(mover.path.size()));
    for (const auto& p : mover.path) put(p, out);
  }
  out.push_back(static_cast<double>(s.track.size()));
  for (const TrackPoint& p : s.track) {
    put(p.position, out);
    out.push_back(p.weight);
  }
  out.push_back(static_cast<double>(s.keyframes.size()));
  for (const Keyframe& key : s.keyframes) put_keyframe(key, out);
  return out;
}

Numbers moment_numbers(const ControlStart& start) {
  Numbers out;
  put_body(start.now, out);
  out.push_back(static_cast<double>(start.past.size()));
  for (const Moment& moment : start.past) {
    put_body(moment.state, out);
    out.push_back(static_cast<double>(moment.executed.size()));
    put(moment.executed, out);
  }
  return out;
}

// Takes numbers from a channel, never past its end.
class NumberReader {
 public:
  NumberReader(std::span<const double> numbers, const std::string& name)
      : numbers_(numbers), name_(name) {}

  double next() { return take(1)[0]; }

  std::size_t count() {
    const double value = next();
    if (!(value >= 0 && value <= kMostItems) || value != std::floor(value)) fail();
    return static_cast<std::size_t>(value);
  }

  template <typename Vector>
  void fill(Vector& v) {
    const auto values = take(static_cast<std::size_t>(v.size()));
    std::copy(values.begin(), values.end(), v.data());
  }

  Numbers list() {
    const auto values = take(count());
    return {values.begin(), values.end()};
  }

  // At least `width` numbers are there for each of the items.
  std::size_t items(std::size_t width) {
    const std::size_t n = count();
    if (n > numbers_.size() / width) fail();
    return n;
  }

  bool at_end() const { return numbers_.empty(); }
  void expect_end() const {
    if (!at_end()) fail();
  }

 private:
  std::span<const double> take(std::size_t n) {
    if (n > numbers_.size()) fail();
    const auto head = numbers_.first(n);
    numbers_ = numbers_.subspan(n);
    return head;
  }
  [[noreturn]] void fail() const {
    throw InputError(name_ + ": what the controller was told is damaged");
  }

  std::span<const double> numbers_;
  const std::string& name_;
};

BodyState read_body(NumberReader& in) {
  BodyState s;
  const std::size_t keys = in.items(6), ends = in.items(4);
  in.fill(s.root_position);
  in.fill(s.root_rotation.coeffs());
  in.fill(s.root_velocity);
  in.fill(s.root_angular_velocity);
  s.key_position.resize(3, static_cast<Eigen::Index>(keys));
  s.key_velocity.resize(3, static_cast<Eigen::Index>(keys));
  in.fill(s.key_position);
  in.fill(s.key_velocity);
  s.end_effector_rotation.resize(ends);
  for (auto& q : s.end_effector_rotation) in.fill(q.coeffs());
  return s;
}

std::vector<Obstacle> read_obstacles(const Numbers& numbers, const std::string& name) {
  NumberReader in(numbers, name);
  std::vector<Obstacle> obstacles(numbers.size() / kObstacleNumbers);
  for (Obstacle& o : obstacles) {
    in.fill(o.centre);
    o.yaw = in.next();
    in.fill(o.half);
    o.ring = in.next();
    o.round = in.next();
  }
  in.expect_end();
  return obstacles;
}

Keyframe read_keyframe(NumberReader& in) {
  Keyframe key;
  key.frames_ahead = static_cast<int>(in.count());
  key.state = read_body(in);
  key.parts.resize(in.items(2));
  for (StateRange& part : key.parts) {
    part.first = static_cast<int>(in.count());
    part.size = static_cast<int>(in.count());
  }
  return key;
}

Surroundings read_around(const Numbers& numbers, const std::string& name) {
  NumberReader in(numbers, name);
  Surroundings s;
  s.movers.resize(in.items(2));
  for (Mover& mover : s.movers) {
    mover.radius = in.next();
    mover.path.resize(in.items(2));
    for (auto& p : mover.path) in.fill(p);
  }
  s.track.resize(in.items(3));
  for (TrackPoint& p : s.track) {
    in.fill(p.position);
    p.weight = in.next();
  }
  s.keyframes.resize(in.items(4));
  for (Keyframe& key : s.keyframes) key = read_keyframe(in);
  in.expect_end();
  return s;
}

// A channel of the step, of the type asked for; null when there is none.
template <typename T>
const T* channel(const RecordedStep& step, const std::string& channel_name,
                 const std::string& name) {
  const auto found = step.channels.find(channel_name);
  if (found == step.channels.end()) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) throw InputError(name + ": channel " + channel_name + " has another type");
  return value;
}

template <typename T>
const T& need(const T* maybe_value, const std::string& name) {
  if (maybe_value == nullptr) throw InputError(name + ": a start of the controller is incomplete");
  return *maybe_value;
}

json parse_task(const std::string& text, const std::string& name) {
  json task = json::parse(text, nullptr, false);
  if (!task.is_object()) throw InputError(name + ": the task of a step is not JSON");
  return task;
}

ControlStart read_start(const Numbers& held, const Numbers& moments, std::int64_t seed,
                        const std::string& name) {
  ControlStart start;
  start.seed = std::bit_cast<std::uint64_t>(seed);
  start.held = held;
  NumberReader in(moments, name);
  start.now = read_body(in);
  start.past.resize(in.items(16));
  for (Moment& moment : start.past) {
    moment.state = read_body(in);
    moment.executed = in.list();
  }
  in.expect_end();
  return start;
}

bool same_bits(const Numbers& a, const Numbers& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
           return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
         });
}

const Surroundings& or_nothing(const std::shared_ptr<const Surroundings>& maybe_surroundings) {
  static const Surroundings nothing;
  return maybe_surroundings ? *maybe_surroundings : nothing;
}

}  // namespace

void ControlLog::set_task(json task) {
  task_ = task.dump();
  task_change_ = task_;
}

void ControlLog::start(const ControlStart& start) {
  const Surroundings& around = or_nothing(orders_.surroundings);
  start_ = {{"start.task", task_},
            {"start.values", orders_.values},
            {"start.obstacles", obstacle_numbers(around.obstacles)},
            {"start.around", around_numbers(around)},
            {"start.seed", std::vector<std::int64_t>{std::bit_cast<std::int64_t>(start.seed)}},
            {"start.held", start.held},
            {"start.moments", moment_numbers(start)}};
  task_change_.clear();
  pending_ = {};
  told_values_ = std::get<Numbers>(start_["start.values"]);
  told_obstacles_ = std::get<Numbers>(start_["start.obstacles"]);
  told_around_ = std::get<Numbers>(start_["start.around"]);
}

void ControlLog::acted(std::optional<PlanTiming> plan) {
  pending_.acted = true;
  pending_.plan = plan;
}

void ControlLog::take(int character, Channels& channels) {
  Channels notes = std::exchange(start_, {});
  const std::string task = std::exchange(task_change_, {});
  const ControlStep step = std::exchange(pending_, {});
  if (!task.empty()) notes["task"] = task;
  const auto tell = [&notes](const char* what, Numbers now, Numbers& told) {
    if (same_bits(now, told)) return;
    notes[what] = now;
    told = std::move(now);
  };
  const Surroundings& around = or_nothing(orders_.surroundings);
  tell("values", orders_.values, told_values_);
  tell("obstacles", obstacle_numbers(around.obstacles), told_obstacles_);
  tell("around", around_numbers(around), told_around_);
  if (step.lost) notes["lost"] = std::vector<std::int64_t>{1};
  if (step.acted) notes["acted"] = std::vector<std::int64_t>{1};
  if (step.plan) notes["plan"] = std::vector<std::int64_t>{step.plan->start, step.plan->ready};
  for (auto& [what, value] : notes) {
    channels.insert_or_assign(channel_name(character, what.c_str()), std::move(value));
  }
}

ControlStep control_step(const RecordedStep& step, int character, const std::string& name) {
  const auto numbers = [&](const char* what) {
    return channel<Numbers>(step, channel_name(character, what), name);
  };
  const auto integers = [&](const char* what) {
    return channel<std::vector<std::int64_t>>(step, channel_name(character, what), name);
  };
  const auto text = [&](const char* what) {
    return channel<std::string>(step, channel_name(character, what), name);
  };
  ControlStep out;
  if (const auto* seed = integers("start.seed")) {
    if (seed->size() != 1) throw InputError(name + ": a start of the controller has no seed");
    auto around = read_around(need(numbers("start.around"), name), name);
    around.obstacles = read_obstacles(need(numbers("start.obstacles"), name), name);
    out.start =
        ControlStep::Start{parse_task(need(text("start.task"), name), name),
                           {need(numbers("start.values"), name),
                            std::make_shared<const Surroundings>(std::move(around))},
                           read_start(need(numbers("start.held"), name),
                                      need(numbers("start.moments"), name), seed->front(), name)};
  }
  if (const auto* task = text("task")) out.task = parse_task(*task, name);
  if (const auto* values = numbers("values")) out.values = *values;
  if (const auto* list = numbers("obstacles")) out.obstacles = read_obstacles(*list, name);
  if (const auto* list = numbers("around")) out.around = read_around(*list, name);
  if (const auto* plan = integers("plan")) {
    if (plan->size() != 2) throw InputError(name + ": the times of a plan are damaged");
    out.plan = PlanTiming{plan->at(0), plan->at(1)};
  }
  out.lost = integers("lost") != nullptr;
  out.acted = integers("acted") != nullptr;
  return out;
}

json task_numbers(const Task& task) {
  json weights = json::array();
  for (const Cost& cost : task.costs) weights.push_back(cost.weight);
  return {{"weights", weights},
          {"trust", task.guidance.trust},
          {"max_gain", task.guidance.max_gain},
          {"unguided_from", task.guidance.unguided_from}};
}

void set_task_numbers(const json& numbers, const std::string& name, Task& task) {
  try {
    const auto weights = numbers.at("weights").get<Numbers>();
    if (weights.size() != task.costs.size()) {
      throw InputError(name + ": task " + task.name + " was recorded with " +
                       std::to_string(weights.size()) + " costs, this program's has " +
                       std::to_string(task.costs.size()));
    }
    for (std::size_t i = 0; i < weights.size(); ++i) task.costs[i].weight = weights[i];
    task.guidance = {numbers.at("max_gain"), numbers.at("trust"), numbers.at("unguided_from")};
  } catch (const json::exception& error) {
    throw InputError(name + ": the numbers of task " + task.name + " are damaged: " + error.what());
  }
}

}  // namespace foresight
