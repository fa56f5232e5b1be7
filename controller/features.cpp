#include "controller/features.h"

#include "models/torch.h"

namespace foresight {
namespace {

using torch::Tensor;

Tensor part(const Tensor& x, int first, int size) { return x.narrow(-1, first, size); }
Tensor column(const Tensor& x, int i) { return x.select(-1, i); }

// [..., n * width] -> [..., n, width]
Tensor groups(const Tensor& x, int first, int count, int width) {
  const Tensor flat = x.narrow(-1, first, count * width);
  auto shape = flat.sizes().vec();
  shape.back() = count;
  shape.push_back(width);
  return flat.reshape(shape);
}

Tensor quaternion_product(const Tensor& a, const Tensor& b) {
  const Tensor aw = a.narrow(-1, 0, 1), av = a.narrow(-1, 1, 3);
  const Tensor bw = b.narrow(-1, 0, 1), bv = b.narrow(-1, 1, 3);
  const Tensor w = aw * bw - (av * bv).sum(-1, true);
  const Tensor v = aw * bv + bw * av + torch::cross(av.expand_as(bv), bv, -1);
  return torch::cat({w, v}, -1);
}

// Quaternion of the rotation by minus the heading about z.
Tensor inverse_yaw_quaternion(const Tensor& heading) {
  const Tensor c = column(heading, 0), s = column(heading, 1);
  const Tensor angle = -0.5 * torch::atan2(s, c);
  const Tensor zero = torch::zeros_like(angle);
  return torch::stack({torch::cos(angle), zero, zero, torch::sin(angle)}, -1);
}

Tensor constant(const std::vector<float>& values, const Tensor& like) {
  return torch::tensor(values, torch::kFloat).to(like.device());
}

Tensor index(const std::vector<int>& values, const Tensor& like) {
  const std::vector<std::int64_t> wide(values.begin(), values.end());
  return torch::tensor(wide, torch::kLong).to(like.device());
}

// Swaps left and right of groups [..., n, width] and multiplies each by `sign`.
Tensor swap_groups(const Tensor& x, const std::vector<int>& partner,
                   const std::vector<float>& sign) {
  return (x.index_select(-2, index(partner, x)) * constant(sign, x)).flatten(-2);
}

const std::vector<float> kVector{1, -1, 1};          // y flips
const std::vector<float> kPseudo{-1, 1, -1};         // x and z flip
const std::vector<float> kQuaternion{1, -1, 1, -1};  // wxyz

}  // namespace

Tensor heading_of_quaternion(const Tensor& q) {
  const Tensor w = column(q, 0), x = column(q, 1), y = column(q, 2), z = column(q, 3);
  const Tensor front = torch::stack({1 - 2 * (y * y + z * z), 2 * (x * y + w * z)}, -1);
  const Tensor lift = 2 * (x * z - w * y);
  const Tensor up = torch::stack({2 * (x * z + w * y), 2 * (y * z - w * x)}, -1);
  const Tensor fallback = up * torch::where(lift > 0, -1.0, 1.0).unsqueeze(-1).to(q.dtype());
  const Tensor usable = (front * front).sum(-1, true) > 0.01;
  const Tensor flat = torch::where(usable, front, fallback);
  return flat / torch::sqrt((flat * flat).sum(-1, true).clamp_min(1e-12));
}

Tensor rotvec_of_quaternion(const Tensor& q) {
  const Tensor sign = torch::where(q.narrow(-1, 0, 1) < 0, -1.0, 1.0).to(q.dtype());
  const Tensor w = q.narrow(-1, 0, 1) * sign, v = q.narrow(-1, 1, 3) * sign;
  const Tensor square = (v * v).sum(-1, true);
  const Tensor sine = torch::sqrt(square.clamp_min(1e-14));
  const Tensor scale = torch::where(square > 1e-12, 2 * torch::atan2(sine, w) / sine, 2.0 / w);
  return v * scale;
}

Tensor quaternion_of_rotvec(const Tensor& r) {
  const Tensor square = (r * r).sum(-1, true);
  const Tensor angle = torch::sqrt(square.clamp_min(1e-14));
  const Tensor scale =
      torch::where(square > 1e-12, torch::sin(0.5 * angle) / angle, torch::full_like(angle, 0.5));
  return torch::cat({torch::cos(0.5 * angle), r * scale}, -1);
}

Tensor turn(const Tensor& heading, const Tensor& v) {
  const Tensor c = column(heading, 0), s = column(heading, 1), x = column(v, 0), y = column(v, 1);
  const Tensor xy = torch::stack({c * x - s * y, s * x + c * y}, -1);
  if (v.size(-1) == 2) return xy;
  return torch::cat({xy, v.narrow(-1, 2, 1).expand_as(xy.narrow(-1, 0, 1))}, -1);
}

Tensor turn_back(const Tensor& heading, const Tensor& v) {
  return turn(torch::cat({heading.narrow(-1, 0, 1), -heading.narrow(-1, 1, 1)}, -1), v);
}

Tensor window_features(const StateLayout& layout, const Tensor& raw, int now) {
  const RawLayout& r = layout.raw;
  const Tensor position = part(raw, r.root_position, 3), rotation = part(raw, r.root_rotation, 4);
  const Tensor velocity = part(raw, r.root_velocity, 3);
  const Tensor own = heading_of_quaternion(rotation), own_group = own.unsqueeze(-2);
  const Tensor here = own.narrow(1, now, 1);
  const Tensor flat = torch::tensor({1.0f, 1.0f, 0.0f}).to(raw.device());
  const Tensor ground = position * flat;
  const Tensor keys = groups(raw, r.key_position, layout.K(), 3) - ground.unsqueeze(-2);
  const Tensor key_speed = groups(raw, r.key_velocity(), layout.K(), 3) - velocity.unsqueeze(-2);
  const Tensor ends = groups(raw, r.end_effector_rotation(), layout.E(), 4);
  const Tensor unyaw = inverse_yaw_quaternion(own), unyaw_here = unyaw.narrow(1, now, 1);
  return torch::cat(
      {turn_back(own_group, keys).flatten(-2), turn_back(own_group, key_speed).flatten(-2),
       turn_back(here, position - ground.narrow(1, now, 1)),
       rotvec_of_quaternion(quaternion_product(unyaw_here, rotation)), turn_back(here, velocity),
       turn_back(here, part(raw, r.root_angular_velocity, 3)),
       rotvec_of_quaternion(quaternion_product(unyaw.unsqueeze(-2), ends)).flatten(-2)},
      -1);
}

Tensor mirror_raw(const StateLayout& layout, const Tensor& raw) {
  const RawLayout& r = layout.raw;
  return torch::cat(
      {part(raw, r.root_position, 3) * constant(kVector, raw),
       part(raw, r.root_rotation, 4) * constant(kQuaternion, raw),
       part(raw, r.root_velocity, 3) * constant(kVector, raw),
       part(raw, r.root_angular_velocity, 3) * constant(kPseudo, raw),
       swap_groups(groups(raw, r.key_position, layout.K(), 3), layout.mirror_key_point, kVector),
       swap_groups(groups(raw, r.key_velocity(), layout.K(), 3), layout.mirror_key_point, kVector),
       swap_groups(groups(raw, r.end_effector_rotation(), layout.E(), 4),
                   layout.mirror_end_effector, kQuaternion)},
      -1);
}

Tensor mirror_states(const StateLayout& l, const Tensor& x) {
  return torch::cat(
      {swap_groups(groups(x, l.key_position(), l.K(), 3), l.mirror_key_point, kVector),
       swap_groups(groups(x, l.key_velocity(), l.K(), 3), l.mirror_key_point, kVector),
       part(x, l.root_position(), 3) * constant(kVector, x),
       part(x, l.root_rotation(), 3) * constant(kPseudo, x),
       part(x, l.root_velocity(), 3) * constant(kVector, x),
       part(x, l.root_angular_velocity(), 3) * constant(kPseudo, x),
       swap_groups(groups(x, l.end_effector_rotation(), l.E(), 3), l.mirror_end_effector, kPseudo)},
      -1);
}

Tensor mirror_actions(const StateLayout& layout, const Tensor& actions) {
  return actions.index_select(-1, index(layout.mirror_joint, actions)) *
         constant(layout.mirror_joint_sign, actions);
}

Tensor PhysicalStates::root_position() const { return part(x, layout.root_position(), 3); }
Tensor PhysicalStates::root_rotation() const { return part(x, layout.root_rotation(), 3); }
Tensor PhysicalStates::root_velocity() const { return part(x, layout.root_velocity(), 3); }
Tensor PhysicalStates::root_angular_velocity() const {
  return part(x, layout.root_angular_velocity(), 3);
}

Tensor PhysicalStates::heading() const {
  return heading_of_quaternion(quaternion_of_rotvec(root_rotation()));
}

Tensor PhysicalStates::key_positions() const {
  const Tensor keys = groups(x, layout.key_position(), layout.K(), 3);
  const Tensor ground = root_position() * constant({1, 1, 0}, x);
  return turn(heading().unsqueeze(-2), keys) + ground.unsqueeze(-2);
}

Tensor PhysicalStates::key_position(int key) const {
  const Tensor own = part(x, layout.key_position() + 3 * key, 3);
  return turn(heading(), own) + root_position() * constant({1, 1, 0}, x);
}

Tensor PhysicalStates::key_velocity(int key) const {
  const Tensor own = part(x, layout.key_velocity() + 3 * key, 3);
  return turn(heading(), own) + root_velocity();
}

Tensor reexpress_states(const StateLayout& layout, const Tensor& states, const Tensor& position,
                        const Tensor& heading) {
  const PhysicalStates old{layout, states};
  const Tensor h = heading.unsqueeze(1);
  const Tensor shift = torch::cat({position, torch::zeros_like(position.narrow(-1, 0, 1))}, -1);
  const Tensor rotation =
      quaternion_product(inverse_yaw_quaternion(h), quaternion_of_rotvec(old.root_rotation()));
  const int global = layout.root_position();
  return torch::cat(
      {states.narrow(-1, 0, global), turn_back(h, old.root_position() - shift.unsqueeze(1)),
       rotvec_of_quaternion(rotation), turn_back(h, old.root_velocity()),
       turn_back(h, old.root_angular_velocity()),
       states.narrow(-1, global + 12, layout.dim() - global - 12)},
      -1);
}

}  // namespace foresight
