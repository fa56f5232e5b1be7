#include "controller/expert/tracking_mirror.h"

#include "sim/base/error.h"

namespace foresight {
namespace {

struct MirrorWriter {
  std::vector<std::int64_t> from;
  std::vector<float> sign;

  std::int64_t next() const { return static_cast<std::int64_t>(from.size()); }
  void put(std::int64_t source, double factor) {
    from.push_back(source);
    sign.push_back(static_cast<float>(factor));
  }
  // Three numbers that lie at `source`.
  void put3(std::int64_t source, double x, double y, double z) {
    put(source, x);
    put(source + 1, y);
    put(source + 2, z);
  }
  void vector(std::int64_t source) { put3(source, 1, -1, 1); }
  void axial(std::int64_t source) { put3(source, -1, 1, -1); }
  // The first two columns of a rotation matrix.
  void rotation() {
    vector(next());
    axial(next());
  }
  void points(const std::vector<int>& order) {
    const std::int64_t begin = next();
    for (const int point : order) vector(begin + 3 * point);
  }
  void joints(const MirrorTable& mirror) {
    const std::int64_t begin = next();
    for (std::size_t j = 0; j < mirror.joint.size(); ++j) {
      put(begin + mirror.joint[j], mirror.sign[j]);
    }
  }
  RowMirror made() const { return {torch::tensor(from, torch::kLong), torch::tensor(sign)}; }
};

}  // namespace

RowMirror observation_mirror(const TrackingTables& tables) {
  const MirrorTable& mirror = tables.character->mirror;
  MirrorWriter w;
  w.put(0, 1);  // height of the root
  w.rotation();
  w.vector(w.next());  // velocity
  w.axial(w.next());   // angular velocity
  w.points(mirror.key_point);
  w.joints(mirror);
  w.joints(mirror);  // velocities
  for (std::size_t k = 0; k < kLookAhead.size(); ++k) {
    w.vector(w.next());  // offset of the root
    w.rotation();
    w.joints(mirror);
    w.points(mirror.end_effector);
  }
  FS_CHECK(w.next() == tables.observation_size());
  return w.made();
}

RowMirror action_mirror(const Character& character) {
  MirrorWriter w;
  w.joints(character.mirror);
  return w.made();
}

MirroredExpert::MirroredExpert(ExpertPolicy policy, const TrackingTables& tables,
                               const torch::Tensor& mirrored)
    : policy_(std::move(policy)),
      observation_(observation_mirror(tables)),
      action_(action_mirror(*tables.character)),
      mirrored_(mirrored.unsqueeze(1)) {}

torch::Tensor MirroredExpert::mean(const torch::Tensor& observations) {
  const auto seen = torch::where(mirrored_, observation_.apply(observations), observations);
  const auto action = policy_->mean(policy_->normaliser.apply(seen));
  return torch::where(mirrored_, action_.apply(action), action).contiguous();
}

}  // namespace foresight
