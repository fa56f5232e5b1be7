#include "controller/protocols/protocol.h"

#include <cmath>
#include <numbers>

#include "controller/protocols/protocol_episodes.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

namespace foresight {
namespace {

constexpr double kTurn = std::numbers::pi / 4;  // 45 deg/s
constexpr double kFastestWalk = 1.5;            // m/s, of a command

std::function<std::vector<Segment>(std::uint64_t)> always(std::vector<Segment> segments) {
  return [segments](std::uint64_t) { return segments; };
}

std::vector<Segment> shuffled(std::vector<Segment> segments, std::uint64_t seed) {
  Rng rng{random_key(seed, 0x6f72646572)};
  for (int i = static_cast<int>(segments.size()) - 1; i > 0; --i) {
    std::swap(segments[i], segments[rng.index(i + 1)]);
  }
  return segments;
}

std::vector<Segment> joystick_segments(std::uint64_t seed) {
  return shuffled({{3, {1.2, 0, 0}},
                   {3, {1.2, 0, kTurn}},
                   {3, {1.2, 0, -kTurn}},
                   {3, {0, 0, 0}},
                   {3, {2.5, 0, 0}}},
                  seed);
}

std::string gait_of(const JoystickCommand& c) {
  return std::hypot(c.forward, c.left) > kFastestWalk ? "run" : "walk";
}

std::string direction_of(const JoystickCommand& c) {
  if (std::abs(c.left) > std::abs(c.forward)) return "side";
  return c.forward < 0 ? "back" : "forward";
}

Protocol commanded(const std::string& name, const std::string& summary,
                   std::function<std::vector<Segment>(std::uint64_t)> segments) {
  Protocol p;
  p.name = name;
  p.summary = summary;
  p.segments = std::move(segments);
  return p;
}

Protocol with_goal(const std::string& name, const std::string& task, const std::string& summary,
                   double limit, std::vector<Aim> aims) {
  Protocol p;
  p.name = name;
  p.task = task;
  p.summary = summary;
  p.limit = limit;
  p.has_goal = true;
  p.aims = std::move(aims);
  return p;
}

std::vector<Protocol> steered_protocols() {
  const auto walk = always({{15, {1.2, 0, 0}}});
  Protocol perturb =
      commanded("perturb", "walk at 1.2 m/s for 15 s, every second a kick of up to 0.5 m/s", walk);
  perturb.kick = 0.5;
  perturb.aims = {{"fall_rate", true, 0.02, "16 %", 0.03}, {"frechet", true, 0, "0.074"}};
  Protocol hard = commanded("perturb-hard",
                            "walk at 1.2 m/s for 15 s, every second a kick of up to 1.0 m/s", walk);
  hard.kick = 1.0;
  hard.aims = {{"fall_rate", true, 0.20, "-", 0.25}};
  Protocol free = commanded("free", "unguided, 60 s", always({{60, {}}}));
  free.task = "free";
  free.aims = {{"fall_rate", true, 0.01, "-", 0.05}};
  Protocol joystick =
      commanded("joystick", "forward, left, right, stop, run, 3 s each in an order drawn by seed",
                joystick_segments);
  joystick.velocity_group = gait_of;
  joystick.aims = {{"fall_rate", true, 0.02, "-", 0.05},
                   {"velocity_error_rel", true, 0.10, "12-14 % (BeyondMimic)", 0.15},
                   {"velocity_error_rel_walk", true, 0.10, "-", 0.15},
                   {"velocity_error_rel_run", true, 0.10, "-", 0.15},
                   {"stop_speed_mps", true, 0.2, "-"}};
  Protocol joystick4 =
      commanded("joystick4", "forward 1.0, back 0.5, left 0.5, right 0.5 m/s, 3 s each",
                always({{3, {1, 0, 0}}, {3, {-0.5, 0, 0}}, {3, {0, 0.5, 0}}, {3, {0, -0.5, 0}}}));
  joystick4.velocity_group = direction_of;
  joystick4.aims = {{"fall_rate", true, 0.02, "-"}, {"velocity_error_rel", true, 0.10, "-"}};
  Protocol get_up = commanded("get-up",
                              "walk at 1.2 m/s for 15 s, after 2 s a kick of 5 m/s; who falls has "
                              "to be walking again at the end",
                              walk);
  get_up.shove = 5.0;
  get_up.aims = {{"success_rate", false, 0.90, "-"}};
  return {perturb, hard, free, joystick, joystick4, get_up};
}

std::vector<Protocol> goal_protocols() {
  std::vector<Protocol> list{
      with_goal(
          "forest", "forest", "about 40 trees between start and a goal at (15, 0), 60 s", 60,
          {{"success_rate", false, 0.98, "96 %", 0.96}, {"time_to_goal_s", true, 0, "13.23"}}),
      with_goal("dynamic", "dynamic", "six discs bounce between start and a goal at (10, 0), 60 s",
                60, {{"success_rate", false, 0.95, "video", 0.85}}),
      with_goal("crowd", "crowd", "four characters on a circle of 4 m change places in 30 s", 30,
                {{"success_rate", false, 0.90, "video"}}),
      with_goal("waypoint", "waypoint",
                "6 goals in turn, 2-4 m away within +-120 degrees, 8 s each", 48,
                {{"success_rate", false, 0.97, "video", 0.95}, {"fall_rate", true, 0.02, "-"}}),
      with_goal("hurdles", "hurdles", "boxes 0.15 and 0.25 m high at 4 and 7 m, goal at 9 m, 15 s",
                15, {{"success_rate", false, 0.85, "71 %"}}),
      with_goal("pillars", "pillars", "five platforms of 0.8 m with gaps of 0.3-0.6 m, 15 s", 15,
                {{"success_rate", false, 0.70, "video"}}),
      with_goal("reach", "reach", "a hand to a target 0.3-0.6 m from the shoulder within 2 s", 4,
                {{"success_rate", false, 0.90, "video", 0.80}})};
  list[3].begin = begin_waypoints;
  list[6].begin = begin_reach;
  return list;
}

std::vector<Protocol> long_protocols() {
  std::vector<Protocol> list;
  for (const char* gap : {"0.5", "1.0", "2.0"}) {
    Protocol p = with_goal(std::string("inbetween-") + gap, "inbetween",
                           std::string("full-body keyframes every ") + gap + " s for 8 s", 9, {});
    p.settings = {std::string("gap=") + gap};
    const bool judged = p.settings.front() == "gap=1.0";  // targets are given for this one alone
    p.aims = {{"fall_rate", true, 0.15, "31 %", judged ? 0.31 : 0},
              {"mjpe_m", true, 0.08, "0.116", judged ? 0.12 : 0},
              {"mrpe_m", true, 0.15, "0.322"}};
    list.push_back(p);
  }
  list.push_back(with_goal("course", "course",
                           "two waypoints through trees, a hurdle, a moving disc, a hand reach", 60,
                           {{"success_rate", false, 0.80, "video"}}));
  return list;
}

std::vector<Protocol> make_protocols() {
  std::vector<Protocol> all = steered_protocols();
  for (const auto& more : {goal_protocols(), long_protocols()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

double Protocol::seconds() const {
  if (!segments) return limit;
  double sum = 0;
  for (const Segment& s : segments(0)) sum += s.seconds;
  return sum;
}

const std::vector<Protocol>& all_protocols() {
  static const std::vector<Protocol> protocols = make_protocols();
  return protocols;
}

const Protocol& find_protocol(const std::string& name) {
  std::string known;
  for (const Protocol& p : all_protocols()) {
    if (p.name == name) return p;
    known += (known.empty() ? "" : ", ") + p.name;
  }
  throw InputError("no protocol \"" + name + "\"; there are " + known);
}

std::string base_name(const std::string& name) { return name.substr(0, name.find('@')); }

std::vector<Protocol> protocols_named(const std::string& name) {
  if (name == "all") return all_protocols();
  std::vector<Protocol> found;
  for (const Protocol& p : all_protocols()) {
    const bool of_group = p.name.starts_with(name + "-") && std::isdigit(p.name[name.size() + 1]);
    if (of_group) found.push_back(p);
  }
  if (found.empty()) found.push_back(find_protocol(name));
  return found;
}

std::unique_ptr<TaskEpisode> begin_episode(const Protocol& protocol, const Task& task,
                                           const TaskStart& start) {
  if (protocol.begin) return protocol.begin(task, start);
  if (protocol.segments && task.name == "joystick") {
    return std::make_unique<CommandEpisode>(task, protocol.segments(start.seed));
  }
  return begin_episode(task, start);
}

}  // namespace foresight
