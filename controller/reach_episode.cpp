#include "controller/reach_episode.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "controller/task_layouts.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

constexpr std::array<const char*, 4> kTips{"right_hand", "left_hand", "right_toe", "left_toe"};
constexpr std::array<const char*, 4> kRoots{"right_shoulder", "left_shoulder", "right_hip",
                                            "left_hip"};
constexpr double kNear = 0.55, kStand = 0.4;  // m on the ground: near enough, where to stop

const std::string& role(const Character& character, const char* name) {
  const auto found = character.retarget.find(name);
  if (found == character.retarget.end()) {
    throw InputError(character.file.string() + ": \"retarget\" names no " + name +
                     ", which reaching needs");
  }
  return found->second;
}

int limb_of(double value) { return std::clamp(static_cast<int>(std::lround(value)), 0, 3); }

}  // namespace

ReachTaskParameters add_reach(Task& task) {
  ReachTaskParameters p{};
  p.limb = task.add({"limb", "", 0, 3, 0, "0 right hand, 1 left hand, 2 right foot, 3 left foot"});
  p.x = task.add({"x", "m", -1e3, 1e3, 0.35, "target, world"});
  p.y = task.add({"y", "m", -1e3, 1e3, -0.25, "target, world"});
  p.z = task.add({"z", "m", 0, 2.5, 1.3, "target, height"});
  p.due = task.add({"due", "s", 0, 60, 2, "when to be there, counted from the start"});
  p.walk = task.add({"walk", "m/s", 0, 2, 1.0, "speed of walking up to a target out of reach"});
  p.key = task.add({"key", "", 0, 1e3, 0, "key point of the limb", true});
  p.due_in = task.add({"due_in", "s", -1e6, 1e6, 0, "time left", true});
  p.travel.speed = task.add({"speed", "m/s", 0, 4, 0, "of travel", true});
  p.travel.direction = task.add({"direction", "rad", -1e3, 1e3, 0, "of travel", true});
  p.travel.turn_rate = task.add({"turn_rate", "rad/s", -3, 3, 0, "of travel", true});
  const int facing = task.add({"facing", "rad", -4, 4, 0, "heading minus direction", true});
  task.costs = {reach_cost(1, {p.key, p.x, p.y, p.z, p.due_in}), velocity_cost(1, p.travel),
                displacement_cost(0.1, p.travel), heading_cost(0.2, p.travel, facing)};
  task.guidance = kStrongGuidance;
  return p;
}

int limb_key(const Character& character, int limb) {
  return state_layout(character).key_point(role(character, kTips[limb]));
}

Eigen::Vector3d limb_root(const World& world, int which, int limb) {
  const Character& c = world.character();
  const std::string& name = role(c, kRoots[limb]);
  const auto found = std::find(c.body_names.begin(), c.body_names.end(), name);
  FS_CHECK(found != c.body_names.end());
  const int body = world.index(which).bodies[found - c.body_names.begin()];
  return Eigen::Map<const Eigen::Vector3d>(world.data().xpos + 3 * body);
}

ReachEpisode::ReachEpisode(const ReachTaskParameters& p, const TaskStart& start)
    : p_(p),
      target_(start.values[p.x], start.values[p.y], start.values[p.z]),
      limb_(limb_of(start.values[p.limb])) {
  scene_.objects.push_back(ball_marker("target", target_, 0.06));
}

void ReachEpisode::move(World& world, double /*seconds*/) {
  world.move_object(object_named(scene_, "target"), target_);
}

double ReachEpisode::distance(const TaskView& view, int limb) const {
  return (view.state.key_position.col(limb_key(view.world.character(), limb)) - target_).norm();
}

void ReachEpisode::direct(const TaskView& view, TaskOrders& orders) {
  TaskValues& v = orders.values;
  limb_ = limb_of(v[p_.limb]);
  target_ = {v[p_.x], v[p_.y], v[p_.z]};
  v[p_.key] = limb_key(view.world.character(), limb_);
  v[p_.due_in] = v[p_.due] - view.seconds;
  const Eigen::Vector2d way = target_.head<2>() - view.state.root_position.head<2>();
  const double far = way.norm();
  v[p_.travel.speed] = far > kNear ? std::min(v[p_.walk], 1.5 * (far - kStand)) : 0;
  v[p_.travel.direction] = std::atan2(way.y(), way.x());
}

Verdict ReachEpisode::judge(const TaskView& view) {
  error_ = distance(view, limb_);
  return Verdict::running();
}

}  // namespace foresight
