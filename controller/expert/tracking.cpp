#include "controller/expert/tracking.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

// Writes floats one after the other.
struct Writer {
  std::span<float> out;
  std::size_t next = 0;

  void put(double value) { out[next++] = static_cast<float>(value); }
  void put(const Vector3d& v) {
    for (int i = 0; i < 3; ++i) put(v[i]);
  }
  void put_rotation(const Quaterniond& q) {
    const Eigen::Matrix3d r = q.toRotationMatrix();
    put(Vector3d(r.col(0)));
    put(Vector3d(r.col(1)));
  }
};

void write_body(const TrackingTables& t, const mjData& d, const Quaterniond& to_heading,
                Writer& w) {
  const Character& c = *t.character;
  const double* q = d.qpos + t.index.qpos;
  const double* v = d.qvel + t.index.qvel;
  const Vector3d root(q[0], q[1], q[2]);
  const Quaterniond rotation = quat_from_wxyz(q + 3);
  w.put(q[2]);
  w.put_rotation(to_heading * rotation);
  w.put(to_heading * Vector3d(v[0], v[1], v[2]));
  w.put(to_heading * (rotation * Vector3d(v[3], v[4], v[5])));
  for (const int site : t.index.key_sites) {
    w.put(to_heading * (Eigen::Map<const Vector3d>(d.site_xpos + 3 * site) - root));
  }
  for (int j = 0; j < c.nu; ++j) w.put(q[7 + j]);
  for (int j = 0; j < c.nu; ++j) w.put(0.1 * v[6 + j]);
}

void write_reference(const TrackingTables& t, const mjData& d, const ReferenceMotion& reference,
                     int frame, const ReferenceShift& shift, bool difference,
                     const Quaterniond& to_heading, Writer& w) {
  const double* q = d.qpos + t.index.qpos;
  const Vector3d root = Vector3d(q[0], q[1], q[2]) - shift.offset;
  const auto ref = reference.qpos.col(frame);
  w.put(to_heading * (Vector3d(ref.head<3>()) - root));
  w.put_rotation(to_heading * quat_from_wxyz(ref.data() + 3));
  for (int j = 0; j < t.character->nu; ++j) w.put(ref[7 + j] - (difference ? q[7 + j] : 0.0));
  const auto ends = reference.end_position.col(frame);
  for (Eigen::Index e = 0; e < ends.size(); e += 3) {
    w.put(to_heading * (Vector3d(ends.segment<3>(e)) - root));
  }
}

}  // namespace

TrackingTables::TrackingTables(const Character& c, const mjModel& scene)
    : character(&c),
      index(index_character(c, scene, 0)),
      end_key_points(end_effector_key_points(c)) {}

int TrackingTables::observation_size() const {
  const int ends = static_cast<int>(end_key_points.size());
  const int body = 1 + 6 + 6 + 3 * character->num_key_points() + 2 * character->nu;
  return body + static_cast<int>(kLookAhead.size()) * (9 + character->nu + 3 * ends);
}

void ReferenceShift::follow(const TrackingTables& tables, const mjData& data,
                            const ReferenceMotion& reference, int frame, double time, double dt) {
  if (time <= 0) return;
  const Eigen::Map<const Vector3d> root(data.qpos + tables.index.qpos);
  Vector3d distance = root - reference.qpos.col(frame).head<3>() - offset;
  distance.z() = 0;
  offset += std::min(1.0, dt / time) * distance;
}

void tracking_observation(const TrackingTables& tables, const mjModel&, const mjData& data,
                          const ReferenceMotion& reference, int frame, int last,
                          std::span<float> out, const ReferenceShift& shift) {
  const double* q = data.qpos + tables.index.qpos;
  const Quaterniond to_heading = quat_from_yaw(-yaw_of(quat_from_wxyz(q + 3)));
  Writer writer{out};
  write_body(tables, data, to_heading, writer);
  for (std::size_t k = 0; k < kLookAhead.size(); ++k) {
    write_reference(tables, data, reference, std::min(frame + kLookAhead[k], last), shift, k == 0,
                    to_heading, writer);
  }
  FS_CHECK(writer.next == out.size());
}

TrackingError tracking_error(const TrackingTables& tables, const mjData& data,
                             const ReferenceMotion& reference, int frame,
                             const ReferenceShift& shift) {
  TrackingError error;
  const std::vector<int>& bodies = tables.index.bodies;
  const double* ref_position = reference.body_position.col(frame).data();
  const double* ref_rotation = reference.body_rotation.col(frame).data();
  for (std::size_t b = 0; b < bodies.size(); ++b) {
    const Vector3d offset = Eigen::Map<const Vector3d>(data.xpos + 3 * bodies[b]) - shift.offset -
                            Eigen::Map<const Vector3d>(ref_position + 3 * b);
    error.body_position += offset.norm();
    error.body_position_square += offset.squaredNorm();
    const double angle = quat_from_wxyz(data.xquat + 4 * bodies[b])
                             .angularDistance(quat_from_wxyz(ref_rotation + 4 * b));
    error.body_angle_square += angle * angle;
  }
  const double count = static_cast<double>(bodies.size());
  error.body_position /= count;
  error.body_position_square /= count;
  error.body_angle_square /= count;
  const int nu = tables.character->nu;
  const Eigen::Map<const Eigen::VectorXd> velocity(data.qvel + tables.index.qvel + 6, nu);
  error.joint_velocity_square = (velocity - reference.qvel.col(frame).tail(nu)).squaredNorm() / nu;
  const Eigen::Map<const Vector3d> root(data.qpos + tables.index.qpos);
  error.root_square = (root - shift.offset - reference.qpos.col(frame).head<3>()).squaredNorm();
  error.root_drop = reference.qpos(2, frame) - root.z();
  return error;
}

double tracking_reward(const TrackingError& e) {
  return 0.5 * std::exp(-6.0 * e.body_angle_square) +
         0.1 * std::exp(-0.1 * e.joint_velocity_square) +
         0.25 * std::exp(-20.0 * e.body_position_square) + 0.15 * std::exp(-10.0 * e.root_square);
}

void expert_target(const Character& character, const ReferenceMotion& reference, int next_frame,
                   const float* action, double* target) {
  for (int j = 0; j < character.nu; ++j) {
    target[j] = std::clamp(reference.target(j, next_frame) + kResidual * action[j],
                           character.ctrl_low[j], character.ctrl_high[j]);
  }
}

}  // namespace foresight
