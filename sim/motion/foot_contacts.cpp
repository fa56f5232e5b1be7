#include "sim/motion/foot_contacts.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/motion/blend.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr double kOnHeight = 0.025, kOffHeight = 0.04;  // m
constexpr double kSlowSpeed = 0.35, kFastSpeed = 1.2;   // m/s, below which a foot can be standing
constexpr double kSwingShare = 0.13;   // ... between them this part of the fastest swing around
constexpr double kSwingSeconds = 0.5;  // what counts as around
constexpr double kOffFactor = 1.5;     // a standing foot lifts off at this multiple
constexpr double kFadeSeconds = 0.2;
constexpr double kTouchDepth = 0.015;  // m, points this much above the lowest one bear less

void add_box(const mjModel& m, int geom, Sole& sole) {
  const Eigen::Map<const Vector3d> centre(m.geom_pos + 3 * geom), size(m.geom_size + 3 * geom);
  const Quaterniond turn = quat_from_wxyz(m.geom_quat + 4 * geom);
  for (int corner = 0; corner < 8; ++corner) {
    const Vector3d sign((corner & 1) ? 1 : -1, (corner & 2) ? 1 : -1, (corner & 4) ? 1 : -1);
    sole.points.push_back({centre + turn * sign.cwiseProduct(size), 0.0});
  }
}

void add_rounded(const mjModel& m, int geom, Sole& sole) {
  const Eigen::Map<const Vector3d> centre(m.geom_pos + 3 * geom);
  const Quaterniond turn = quat_from_wxyz(m.geom_quat + 4 * geom);
  const double radius = m.geom_size[3 * geom];
  const double half = m.geom_type[geom] == mjGEOM_CAPSULE ? m.geom_size[3 * geom + 1] : 0.0;
  for (const double end : {-half, half}) {
    sole.points.push_back({centre + turn * Vector3d(0, 0, end), radius});
  }
}

// Fills the frames between contacts: a smooth change from one contact's value to the next one's,
// by way of zero when there is time for it.
void fade_between(const std::vector<FrameInterval>& contacts, int fade, Eigen::Matrix2Xd& shift) {
  const int frames = static_cast<int>(shift.cols());
  for (std::size_t i = 0; i <= contacts.size(); ++i) {
    const int begin = i == 0 ? 0 : contacts[i - 1].end;
    const int end = i == contacts.size() ? frames : contacts[i].begin;
    const Eigen::Vector2d from =
        i == 0 ? Eigen::Vector2d(0, 0) : Eigen::Vector2d(shift.col(begin - 1));
    const Eigen::Vector2d to =
        i == contacts.size() ? Eigen::Vector2d(0, 0) : Eigen::Vector2d(shift.col(end));
    const double gap = end - begin + 1;
    const double length = std::min<double>(fade, gap);
    for (int t = begin; t < end; ++t) {
      const double out = i == 0 ? 0.0 : 1.0 - smoothstep((t - begin + 1) / length);
      const double in = i == contacts.size() ? 0.0 : 1.0 - smoothstep((end - t) / length);
      shift.col(t) = out * from + in * to;
    }
  }
}

// Vertical shift: standing soles come down to the floor, soles in the floor come up.
Eigen::VectorXd vertical_shift(const Eigen::VectorXd& height, const std::vector<bool>& on) {
  const int frames = static_cast<int>(height.size());
  Eigen::VectorXd raw(frames), out(frames);
  for (int t = 0; t < frames; ++t) {
    const double down = on[t] ? 1.0 - smoothstep((height[t] - 0.01) / 0.03) : 0.0;
    raw[t] = height[t] < 0 ? -height[t] : -down * height[t];
  }
  for (int t = 0; t < frames; ++t) {
    const double before = raw[std::max(t - 1, 0)], after = raw[std::min(t + 1, frames - 1)];
    out[t] = std::max(0.25 * (before + after) + 0.5 * raw[t], -height[t]);
  }
  return out;
}

// Speed below which a foot can be standing, m/s, per frame: runners' feet are rarely quite still,
// and captures blur their short contacts.
Eigen::VectorXd standing_speed(const Eigen::VectorXd& speed, double fps) {
  const int count = static_cast<int>(speed.size());
  const int reach = std::max(1, static_cast<int>(kSwingSeconds * fps));
  Eigen::VectorXd out(count);
  for (int t = 0; t < count; ++t) {
    const int begin = std::max(t - reach, 0), end = std::min(t + reach + 1, count);
    const double swing = speed.segment(begin, end - begin).maxCoeff();
    out[t] = std::clamp(kSwingShare * swing, kSlowSpeed, kFastSpeed);
  }
  return out;
}

Eigen::Matrix3Xd placed_points(const Sole& sole, const mjData& d) {
  const Eigen::Map<const Vector3d> origin(d.xpos + 3 * sole.body);
  const Quaterniond turn = quat_from_wxyz(d.xquat + 4 * sole.body);
  Eigen::Matrix3Xd points(3, sole.points.size());
  for (std::size_t i = 0; i < sole.points.size(); ++i) {
    points.col(i) = origin + turn * sole.points[i].local - Vector3d(0, 0, sole.points[i].radius);
  }
  return points;
}

}  // namespace

Sole body_outline(const Character& c, const std::string& body) {
  const mjModel& m = *c.model;
  Sole sole{mj_name2id(&m, mjOBJ_BODY, body.c_str()), {}};
  for (int k = 0; k < m.body_geomnum[sole.body]; ++k) {
    const int geom = m.body_geomadr[sole.body] + k;
    if (m.geom_contype[geom] == 0 && m.geom_conaffinity[geom] == 0) continue;
    if (m.geom_type[geom] == mjGEOM_BOX) add_box(m, geom, sole);
    if (m.geom_type[geom] == mjGEOM_CAPSULE || m.geom_type[geom] == mjGEOM_SPHERE) {
      add_rounded(m, geom, sole);
    }
  }
  return sole;
}

std::vector<Sole> find_soles(const Character& c) {
  std::vector<Sole> soles;
  for (const std::string& foot : c.feet) {
    soles.push_back(body_outline(c, foot));
    if (soles.back().points.empty()) {
      throw InputError(c.file.string() + ": foot \"" + foot +
                       "\" needs a colliding box, capsule or sphere geom");
    }
  }
  return soles;
}

double lowest_point(const Sole& sole, const mjData& data) {
  return placed_points(sole, data).row(2).minCoeff();
}

std::vector<Eigen::Matrix3Xd> sole_track(const Sole& sole, const Eigen::MatrixXd& qpos,
                                         PoseSolver& solver) {
  std::vector<Eigen::Matrix3Xd> track;
  for (int t = 0; t < qpos.cols(); ++t) {
    track.push_back(placed_points(sole, solver.kinematics(qpos.col(t))));
  }
  return track;
}

Eigen::VectorXd sole_height(const std::vector<Eigen::Matrix3Xd>& track) {
  Eigen::VectorXd height(track.size());
  for (std::size_t t = 0; t < track.size(); ++t) height[t] = track[t].row(2).minCoeff();
  return height;
}

Eigen::Matrix2Xd sole_slip(const std::vector<Eigen::Matrix3Xd>& track) {
  Eigen::Matrix2Xd slip(2, std::max<std::size_t>(track.size(), 1) - 1);
  for (int t = 0; t < slip.cols(); ++t) {
    const Eigen::VectorXd height = 0.5 * (track[t].row(2) + track[t + 1].row(2)).transpose();
    const Eigen::VectorXd weight =
        ((height.minCoeff() + kTouchDepth - height.array()) / kTouchDepth).max(0.0).square();
    slip.col(t) = (track[t + 1] - track[t]).topRows<2>() * weight / weight.sum();
  }
  return slip;
}

std::vector<bool> find_contacts(const std::vector<Eigen::Matrix3Xd>& track, double fps) {
  const int frames = static_cast<int>(track.size());
  const Eigen::VectorXd height = sole_height(track);
  const Eigen::VectorXd speed = fps * sole_slip(track).colwise().norm().transpose();
  const Eigen::VectorXd limit = standing_speed(speed, fps);
  std::vector<bool> on(frames, false);
  for (int t = 0; t < frames; ++t) {
    const double before = speed[std::clamp(t - 1, 0, frames - 2)];
    const double after = speed[std::min(t, frames - 2)];
    const bool held = t > 0 && on[t - 1];
    const double slow = (held ? kOffFactor : 1.0) * limit[std::min(t, frames - 2)];
    on[t] = height[t] < (held ? kOffHeight : kOnHeight) && std::min(before, after) < slow;
  }
  for (const FrameInterval& i : intervals(on)) {
    if (i.end - i.begin < 2) on[i.begin] = false;
  }
  return on;
}

std::vector<FrameInterval> intervals(const std::vector<bool>& on) {
  std::vector<FrameInterval> out;
  for (int t = 0; t < static_cast<int>(on.size()); ++t) {
    if (!on[t]) continue;
    if (t == 0 || !on[t - 1]) out.push_back({t, t});
    out.back().end = t + 1;
  }
  return out;
}

Eigen::Matrix3Xd contact_shift(const std::vector<Eigen::Matrix3Xd>& track, double fps) {
  const int frames = static_cast<int>(track.size());
  const std::vector<bool> on = find_contacts(track, fps);
  const std::vector<FrameInterval> contacts = intervals(on);
  const Eigen::Matrix2Xd slip = sole_slip(track);
  Eigen::Matrix2Xd flat = Eigen::Matrix2Xd::Zero(2, frames);
  for (const FrameInterval& i : contacts) {
    for (int t = i.begin + 1; t < i.end; ++t) flat.col(t) = flat.col(t - 1) - slip.col(t - 1);
    // Zero on average: the foot stays where it was, only still.
    auto part = flat.middleCols(i.begin, i.end - i.begin);
    const Eigen::Vector2d mean = part.rowwise().mean();
    part.colwise() -= mean;
  }
  fade_between(contacts, std::max(2, static_cast<int>(kFadeSeconds * fps)), flat);
  Eigen::Matrix3Xd shift(3, frames);
  shift << flat, vertical_shift(sole_height(track), on).transpose();
  return shift;
}

}  // namespace foresight
