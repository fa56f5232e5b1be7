#include "sim/motion/retarget_goals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

struct RoleWeight {
  const char* role;
  double weight;
};
// Ends of limbs and the head come first; the rest bends where bone lengths differ.
constexpr std::array<RoleWeight, 8> kWeights = {{{"head", 1.0},
                                                 {"chest", 0.05},
                                                 {"shoulder", 0.08},
                                                 {"elbow", 0.15},
                                                 {"hand", 1.0},
                                                 {"hip", 0.3},
                                                 {"knee", 0.3},
                                                 {"ankle", 2.0}}};
constexpr double kFootTurnWeight = 0.02, kHeadTurnWeight = 0.01, kTwistWeight = 0.003;
constexpr double kHipLineReach = 0.5, kHipLineWeight = 0.04;  // m, cost per m^2
constexpr std::array kSides = {"left_", "right_"};

int body_id(const Character& c, const std::string& role) {
  const auto found = c.retarget.find(role);
  if (found == c.retarget.end()) return -1;
  const int body = mj_name2id(c.model.get(), mjOBJ_BODY, found->second.c_str());
  if (body >= 0) return body;
  return c.model->site_bodyid[mj_name2id(c.model.get(), mjOBJ_SITE, found->second.c_str())];
}

Vector3d local_point(const Character& c, const std::string& role) {
  const int site = mj_name2id(c.model.get(), mjOBJ_SITE, c.retarget.at(role).c_str());
  if (site < 0) return Vector3d::Zero();
  return Eigen::Map<const Vector3d>(c.model->site_pos + 3 * site);
}

Eigen::Matrix3Xd trajectory(const SourceMotion& s, int joint) {
  Eigen::Matrix3Xd out(3, s.frames());
  for (int t = 0; t < s.frames(); ++t) out.col(t) = s.positions[t].col(joint);
  return out;
}

void add_point(const Character& c, const SourceMotion& s, const std::string& role, double weight,
               RetargetGoals& goals) {
  const auto joint = s.roles.find(role);
  const int body = body_id(c, role);
  if (joint == s.roles.end() || body < 0) return;
  goals.points.push_back(
      {role, body, local_point(c, role), weight, goals.scale * trajectory(s, joint->second)});
}

// A marker on the skull sits half-way between the middle of the head and its key point, the face.
void add_skull(const Character& c, const SourceMotion& s, RetargetGoals& goals) {
  const auto joint = s.roles.find("skull");
  const int body = body_id(c, "head");
  if (s.roles.contains("head") || joint == s.roles.end() || body < 0) return;
  Vector3d local = Eigen::Map<const Vector3d>(c.model->body_ipos + 3 * body);
  for (const std::string& name : c.key_points) {
    const int site = mj_name2id(c.model.get(), mjOBJ_SITE, name.c_str());
    if (c.model->site_bodyid[site] != body) continue;
    local = 0.5 * (local + Eigen::Map<const Vector3d>(c.model->site_pos + 3 * site));
  }
  goals.points.push_back({"head", body, local, 1.0, goals.scale * trajectory(s, joint->second)});
}

// The line through both hips, drawn out to half a metre, holds the pelvis' heading and roll: the
// hips themselves are too close together to do that against the feet.
void add_hip_line(const Character& c, const SourceMotion& s, RetargetGoals& goals) {
  const int left = body_id(c, "left_hip"), right = body_id(c, "right_hip");
  const int pelvis = c.model->body_parentid[left];
  if (pelvis != c.model->body_parentid[right]) return;
  const Eigen::Map<const Vector3d> a(c.model->body_pos + 3 * left),
      b(c.model->body_pos + 3 * right);
  for (const double reach : {-kHipLineReach, kHipLineReach}) {
    PointTrack track{"", pelvis, 0.5 * (a + b) + reach * (a - b).normalized(), kHipLineWeight, {}};
    track.goals.resize(3, s.frames());
    for (int t = 0; t < s.frames(); ++t) {
      const Vector3d l = s.at(t, "left_hip"), r = s.at(t, "right_hip");
      track.goals.col(t) = 0.5 * goals.scale * (l + r) + reach * (l - r).normalized();
    }
    goals.points.push_back(std::move(track));
  }
}

Quaterniond mean_rotation(const std::vector<Quaterniond>& rotations) {
  Eigen::Vector4d sum = Eigen::Vector4d::Zero();
  for (const Quaterniond& q : rotations) {
    sum += (q.coeffs().dot(rotations.front().coeffs()) < 0 ? -1.0 : 1.0) * q.coeffs();
  }
  return Quaterniond(Eigen::Vector4d(sum.normalized()));
}

double quantile(std::vector<double> values, double q) {
  const std::size_t k = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + k, values.end());
  return values[k];
}

Quaterniond from_axes(const Vector3d& x, const Vector3d& y, const Vector3d& z) {
  Eigen::Matrix3d m;
  m << x, y, z;
  return Quaterniond(m).normalized();
}

// Foot frame from joints alone: x to the toes, y to the left of foot and shin.
Quaterniond foot_frame(const SourceMotion& s, int t, const std::string& side) {
  const Vector3d ankle = s.at(t, side + "ankle");
  const Vector3d x = (s.at(t, side + "toe") - ankle).normalized();
  const Vector3d y = (s.at(t, side + "knee") - ankle).cross(x).normalized();
  return from_axes(x, y, x.cross(y));
}

// The frames in which the foot stands flat: both ends low and slow.
std::vector<int> flat_frames(const SourceMotion& s, const std::string& side) {
  std::vector<double> ankle, toe;
  for (int t = 0; t < s.frames(); ++t) {
    ankle.push_back(s.at(t, side + "ankle").z());
    toe.push_back(s.at(t, side + "toe").z());
  }
  const double ankle_low = quantile(ankle, 0.05), toe_low = quantile(toe, 0.05);
  std::vector<double> score;
  for (int t = 0; t < s.frames(); ++t) {
    const int a = std::max(t - 1, 0), b = std::min(t + 1, s.frames() - 1);
    const Vector3d move = s.at(b, side + "ankle") - s.at(a, side + "ankle");
    const double speed = move.head<2>().norm() * s.fps / std::max(b - a, 1);
    score.push_back(std::abs(ankle[t] - ankle_low) + std::abs(toe[t] - toe_low) + 0.05 * speed);
  }
  std::vector<int> order(score.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return score[a] < score[b]; });
  order.resize(std::min<std::size_t>(order.size(), std::max<std::size_t>(3, order.size() / 10)));
  return order;
}

// World rotations of a foot segment, turned so that a flat foot is level and heads along its toes.
std::vector<Quaterniond> foot_turns(const SourceMotion& s, const std::string& side) {
  const auto segment = s.segments.find(side + "ankle");
  const bool known = segment != s.segments.end() && !s.rotations.empty();
  std::vector<Quaterniond> turns;
  for (int t = 0; t < s.frames(); ++t) {
    turns.push_back(known ? s.rotations[t][segment->second] : foot_frame(s, t, side));
  }
  if (known && s.segments_aligned) return turns;
  std::vector<Quaterniond> offsets;
  for (const int t : flat_frames(s, side)) {
    const Vector3d toes = s.at(t, side + "toe") - s.at(t, side + "ankle");
    offsets.push_back(turns[t].conjugate() * quat_from_yaw(std::atan2(toes.y(), toes.x())));
  }
  const Quaterniond offset = mean_rotation(offsets);
  for (Quaterniond& q : turns) q = q * offset;
  return turns;
}

// Chest frame from joints: x forward, y from the right to the left shoulder.
Quaterniond chest_frame(const SourceMotion& s, int t) {
  const Vector3d left = (s.at(t, "left_shoulder") - s.at(t, "right_shoulder")).normalized();
  const Vector3d hips = 0.5 * (s.at(t, "left_hip") + s.at(t, "right_hip"));
  const Vector3d shoulders = 0.5 * (s.at(t, "left_shoulder") + s.at(t, "right_shoulder"));
  const Vector3d x = left.cross(shoulders - hips).normalized();
  return from_axes(x, left, x.cross(left));
}

// The axis-parallel turn nearest to `q`: skeletons differ by which local axis points up.
Quaterniond nearest_axis_turn(const Quaterniond& q) {
  const Eigen::Matrix3d m = q.toRotationMatrix();
  Eigen::Matrix3d best = Eigen::Matrix3d::Identity();
  double best_trace = -4;
  std::array<int, 3> axes = {0, 1, 2};
  do {
    for (int signs = 0; signs < 8; ++signs) {
      Eigen::Matrix3d candidate = Eigen::Matrix3d::Zero();
      for (int i = 0; i < 3; ++i) candidate(axes[i], i) = (signs >> i) & 1 ? -1 : 1;
      const double trace = (candidate.transpose() * m).trace();
      if (candidate.determinant() > 0 && trace > best_trace) best_trace = trace, best = candidate;
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
  return Quaterniond(best);
}

std::vector<Quaterniond> head_turns(const SourceMotion& s) {
  const int joint = s.segments.at("head");
  std::vector<Quaterniond> turns, offsets;
  for (int t = 0; t < s.frames(); ++t) {
    turns.push_back(s.rotations[t][joint]);
    offsets.push_back(turns[t].conjugate() * chest_frame(s, t));
  }
  if (s.segments_aligned) return turns;
  const Quaterniond offset = nearest_axis_turn(mean_rotation(offsets));
  for (Quaterniond& q : turns) q = q * offset;
  return turns;
}

// Where the source's segments are aligned like the character's bodies, they settle what the joints'
// positions leave open: twist about straight limbs.
void add_aligned_turns(const Character& c, const SourceMotion& s, RetargetGoals& goals) {
  for (const auto& [role, joint] : s.segments) {
    const int body = body_id(c, role);
    if (body < 0 || role == "head" || role.ends_with("ankle")) continue;
    goals.turns.push_back({role, body, kTwistWeight, {}});
    for (int t = 0; t < s.frames(); ++t) {
      goals.turns.back().goals.push_back(s.rotations[t][joint]);
    }
  }
}

void add_turns(const Character& c, const SourceMotion& s, RetargetGoals& goals) {
  for (const std::string side : kSides) {
    const int foot = body_id(c, side + "ankle");
    if (foot < 0 || !s.roles.contains(side + "toe")) continue;
    goals.turns.push_back({side + "ankle", foot, kFootTurnWeight, foot_turns(s, side)});
  }
  const int head = body_id(c, "head");
  if (head >= 0 && s.segments.contains("head") && !s.rotations.empty()) {
    goals.turns.push_back({"head", head, kHeadTurnWeight, head_turns(s)});
  }
  if (s.segments_aligned && !s.rotations.empty()) add_aligned_turns(c, s, goals);
}

}  // namespace

const PointTrack* RetargetGoals::find(const std::string& role) const {
  for (const PointTrack& track : points) {
    if (track.role == role) return &track;
  }
  return nullptr;
}

const PointTrack& RetargetGoals::point(const std::string& role) const {
  if (const PointTrack* track = find(role)) return *track;
  throw InternalError("no retarget goal for role " + role);
}

PointTrack& RetargetGoals::point(const std::string& role) {
  return const_cast<PointTrack&>(std::as_const(*this).point(role));
}

TurnTrack& RetargetGoals::turn(const std::string& role) {
  for (TurnTrack& track : turns) {
    if (track.role == role) return track;
  }
  throw InternalError("no retarget orientation for role " + role);
}

PoseProblem RetargetGoals::problem(int frame) const {
  PoseProblem problem;
  for (const PointTrack& p : points) {
    problem.points.push_back({p.body, p.local, p.goals.col(frame), p.weight});
  }
  for (const TurnTrack& t : turns) problem.turns.push_back({t.body, t.goals[frame], t.weight});
  return problem;
}

double leg_length(const Character& c) {
  const auto length = [&](const std::string& role) {
    return Eigen::Map<const Vector3d>(c.model->body_pos + 3 * body_id(c, role)).norm();
  };
  return 0.5 * (length("left_knee") + length("left_ankle") + length("right_knee") +
                length("right_ankle"));
}

RetargetGoals make_goals(const Character& c, const SourceMotion& s) {
  RetargetGoals goals;
  goals.scale = leg_length(c) / leg_length(s);
  goals.frames = s.frames();
  for (const auto& [role, weight] : kWeights) {
    add_point(c, s, role, weight, goals);
    for (const std::string side : kSides) add_point(c, s, side + role, weight, goals);
  }
  add_skull(c, s, goals);
  add_hip_line(c, s, goals);
  add_turns(c, s, goals);
  return goals;
}

}  // namespace foresight
