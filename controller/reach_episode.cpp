#include "controller/reach_episode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "controller/task_layouts.h"
#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr int kHead = 4;
constexpr std::array<const char*, 5> kTips{"right_hand", "left_hand", "right_toe", "left_toe",
                                           "head"};
constexpr std::array<const char*, 5> kRoots{"right_shoulder", "left_shoulder", "right_hip",
                                            "left_hip", "head"};
// m, from shoulder or neck to target: comfortable; the same seen from above, at least.
constexpr double kReach = 0.42, kHeadReach = 0.2, kLeastFlat = 0.15;
constexpr double kClose = 0.05;                // m, so little more is no reason to walk
constexpr double kLeastSpeed = 0.5;            // m/s: slower ones are no steps
constexpr double kSettle = 0.2, kHurry = 0.5;  // s to be there before, s for the way at least
constexpr double kAcross = 40 * kDegree, kAside = 90 * kDegree;  // where a limb reaches to
// Who is late and this far away walks there before he reaches out.
constexpr double kTooFar = 0.8;  // m
constexpr double kBehind = 110 * kDegree;
constexpr double kWalks = 0.5;  // m/s, then look where you go
constexpr double kLag = 0.12;   // s, by which an arm comes late while the body moves on
// A limb that falls short is sent farther: sum of the errors below kNear in the last second.
constexpr double kGain = 3, kNear = 0.35, kMost = 0.25, kCorrect = 1;  // 1/s, m, m, s

const std::string& role(const Character& character, const char* name) {
  const auto found = character.retarget.find(name);
  if (found == character.retarget.end()) {
    throw InputError(character.file.string() + ": \"retarget\" names no " + name +
                     ", which reaching needs");
  }
  return found->second;
}

int limb_of(double value) { return std::clamp(static_cast<int>(std::lround(value)), 0, kHead); }

}  // namespace

ReachTaskParameters add_reach(Task& task) {
  ReachTaskParameters p{};
  p.limb = task.add(
      {"limb", "", 0, kHead, 0, "0 right hand, 1 left hand, 2 right foot, 3 left foot, 4 head"});
  p.x = task.add({"x", "m", -1e3, 1e3, 0.35, "target, world"});
  p.y = task.add({"y", "m", -1e3, 1e3, -0.25, "target, world"});
  p.z = task.add({"z", "m", 0, 2.5, 1.3, "target, height"});
  p.due = task.add({"due", "s", 0, 60, 2, "when to be there, counted from the start"});
  p.walk = task.add({"walk", "m/s", 0, 2, 1.0, "speed of walking up to a target out of reach"});
  p.aim_x = task.add({"aim_x", "m", -1e3, 1e3, 0, "where the limb is sent", true});
  p.aim_y = task.add({"aim_y", "m", -1e3, 1e3, 0, "where the limb is sent", true});
  p.aim_z = task.add({"aim_z", "m", -1e3, 1e3, 0, "where the limb is sent", true});
  p.key = task.add({"key", "", 0, 1e3, 0, "key point of the limb", true});
  p.due_in = task.add({"due_in", "s", -1e6, 1e6, 0, "time left", true});
  p.travel.speed = task.add({"speed", "m/s", 0, 4, 0, "of travel", true});
  p.travel.direction = task.add({"direction", "rad", -1e3, 1e3, 0, "of travel", true});
  p.travel.turn_rate = task.add({"turn_rate", "rad/s", -3, 3, 0, "of travel", true});
  p.facing = task.add({"facing", "rad", -4, 4, 0, "heading minus direction", true});
  task.costs = {reach_cost(1, {p.key, p.aim_x, p.aim_y, p.aim_z, p.due_in}),
                velocity_cost(1, p.travel),
                displacement_cost(0.1, p.travel),
                heading_cost(0.2, p.travel, p.facing),
                stance_cost(1, p.travel.speed),
                balance_cost(4)};
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
  for (int i = 0; i <= kHead; ++i) keys_[i] = limb_key(start.character, i);
  scene_.objects.push_back(ball_marker("target", target_, 0.06));
}

void ReachEpisode::move(World& world, double /*seconds*/) {
  world.move_object(object_named(scene_, "target"), target_);
}

double ReachEpisode::distance(const TaskView& view, int limb) const {
  return (view.state.key_position.col(keys_[limb]) - target_).norm();
}

void ReachEpisode::direct(const TaskView& view, TaskOrders& orders) {
  const TaskValues& v = orders.values;
  const int limb = limb_of(v[p_.limb]);
  const Eigen::Vector3d target(v[p_.x], v[p_.y], v[p_.z]);
  if (limb != limb_ || target != target_) short_of_.setZero();
  limb_ = limb;
  target_ = target;
  reach_out(view, limb, v[p_.due] - view.seconds, orders.values);
}

void ReachEpisode::reach_out(const TaskView& view, int limb, double due_in, TaskValues& v) {
  const Eigen::Vector3d gap = target_ - limb_root(view.world, view.which, limb);
  walk_up(view, limb, gap, due_in, v);
  const Eigen::Vector3d error = target_ - view.state.key_position.col(keys_[limb]);
  if (due_in < kCorrect && error.norm() < kNear) {
    short_of_ += kGain * view.world.character().control_dt() * error;
    if (short_of_.norm() > kMost) short_of_ *= kMost / short_of_.norm();
  }
  const Eigen::Vector3d aim = target_ + short_of_ - kLag * view.state.root_velocity;
  v[p_.aim_x] = aim.x();
  v[p_.aim_y] = aim.y();
  v[p_.aim_z] = aim.z();
  v[p_.key] = keys_[limb];
  v[p_.due_in] = due_in < 0 && gap.norm() > kTooFar ? kLater : due_in;
}

// Until the target is within comfortable reach, in time if need be. Who stands turns only so far
// that the limb can get there.
void ReachEpisode::walk_up(const TaskView& view, int limb, const Eigen::Vector3d& gap,
                           double due_in, TaskValues& v) const {
  const double reach = limb == kHead ? kHeadReach : kReach;
  const double flat =
      std::sqrt(std::max(reach * reach - gap.z() * gap.z(), kLeastFlat * kLeastFlat));
  const double far = gap.head<2>().norm() - flat;
  const double in_time = far / std::max(due_in - kSettle, kHurry);
  const double direction = std::atan2(gap.y(), gap.x());
  const Eigen::Vector2d way = target_.head<2>() - view.state.root_position.head<2>();
  const double yaw = yaw_of(view.state.root_rotation);
  const bool behind = std::abs(std::remainder(direction - yaw, 2 * std::numbers::pi)) > kBehind;
  const bool walks = far > kClose && !behind;  // who has passed it stops and turns first
  const double speed = walks ? std::min(v[p_.walk], std::max(in_time, kLeastSpeed)) : 0;
  const double bearing = std::remainder(std::atan2(way.y(), way.x()) - yaw, 2 * std::numbers::pi);
  const bool right = limb == 0 || limb == 2, left = limb == 1 || limb == 3;
  const double kept =
      speed > kWalks ? 0 : std::clamp(bearing, right ? -kAside : -kAcross, left ? kAside : kAcross);
  v[p_.travel.speed] = speed;
  v[p_.travel.direction] = direction;
  v[p_.facing] = std::remainder(yaw + bearing - kept - direction, 2 * std::numbers::pi);
}

Verdict ReachEpisode::judge(const TaskView& view) {
  error_ = distance(view, limb_);
  return Verdict::running();
}

}  // namespace foresight
