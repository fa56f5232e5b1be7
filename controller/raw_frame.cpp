#include "controller/raw_frame.h"

#include "sim/base/error.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

float* put(const Vector3d& v, float* out) {
  for (int i = 0; i < 3; ++i) *out++ = static_cast<float>(v[i]);
  return out;
}

float* put(const Eigen::Quaterniond& q, float* out) {
  for (const double value : {q.w(), q.x(), q.y(), q.z()}) *out++ = static_cast<float>(value);
  return out;
}

}  // namespace

RawLayout raw_layout(const Character& character) {
  return {character.num_key_points(), static_cast<int>(character.end_effectors.size())};
}

void write_raw_frame(const BodyState& state, const Eigen::Vector2d& origin, std::span<float> row) {
  const int keys = static_cast<int>(state.key_position.cols());
  const RawLayout layout{keys, static_cast<int>(state.end_effector_rotation.size())};
  FS_CHECK(static_cast<int>(row.size()) == layout.size());
  const Vector3d shift(origin.x(), origin.y(), 0);
  float* out = put(Vector3d(state.root_position - shift), row.data());
  out = put(state.root_rotation, out);
  out = put(state.root_velocity, out);
  out = put(state.root_angular_velocity, out);
  for (int k = 0; k < keys; ++k) out = put(Vector3d(state.key_position.col(k) - shift), out);
  for (int k = 0; k < keys; ++k) out = put(Vector3d(state.key_velocity.col(k)), out);
  for (const auto& q : state.end_effector_rotation) out = put(q, out);
}

}  // namespace foresight
