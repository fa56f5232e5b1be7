#include "sim/export/bvh.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/export/euler.h"
#include "sim/export/number_text.h"
#include "sim/export/skeleton.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr int kDecimals = 6;

class BvhWriter {
 public:
  BvhWriter(const CharacterMotion& motion, const BvhOptions& options)
      : motion_(motion), options_(options), skeleton_(skeleton_of(*motion.character)) {
    Eigen::Matrix3d turn;
    if (options.up == 'y') {
      turn << 0, 1, 0, 0, 0, 1, 1, 0, 0;  // (x, y, z) -> (y, z, x)
    } else {
      turn << 0, 1, 0, -1, 0, 0, 0, 0, 1;  // (x, y, z) -> (y, -x, z)
    }
    to_file_ = Quaterniond(turn);
    for (int i = 0; i < 3; ++i) axes_.col(i) = Vector3d::Unit(options.order[i] - 'X');
    children_.resize(skeleton_.size());
    for (std::size_t j = 1; j < skeleton_.size(); ++j) children_[skeleton_[j].parent].push_back(j);
  }

  std::string text() {
    out_ = "HIERARCHY\n";
    joint(0, 0);
    out_ += "MOTION\nFrames: " + std::to_string(motion_.frames()) + "\nFrame Time: ";
    append_fixed(out_, 1 / motion_.fps, 9);
    out_ += "\n";
    near_.assign(skeleton_.size(), Vector3d::Zero());
    const DataPtr data(mj_makeData(motion_.character->model.get()));
    for (int t = 0; t < motion_.frames(); ++t) frame(t, *data);
    return std::move(out_);
  }

 private:
  void vector(const Vector3d& v) {
    for (int i = 0; i < 3; ++i) {
      out_ += ' ';
      append_fixed(out_, v[i], kDecimals);
    }
  }

  void offset(const Vector3d& metres, const std::string& indent) {
    out_ += indent + "OFFSET";
    vector(options_.units_per_m * (to_file_ * metres));
    out_ += "\n";
  }

  void end_site(const Vector3d& metres, const std::string& indent) {
    out_ += indent + "End Site\n" + indent + "{\n";
    offset(metres, indent + "\t");
    out_ += indent + "}\n";
  }

  // Hands and toes are joints of their own that never turn, because retargeting looks for them.
  void tip(const SkeletonJoint& s, const std::string& indent) {
    if (s.tip_name.empty()) return end_site(s.tip, indent);
    out_ += indent + "JOINT " + s.tip_name + "\n" + indent + "{\n";
    offset(s.tip, indent + "\t");
    channels("CHANNELS 3", indent + "\t");
    end_site(0.08 * s.tip.normalized(), indent + "\t");
    out_ += indent + "}\n";
  }

  void channels(const char* head, const std::string& indent) {
    out_ += indent + head;
    for (const char axis : options_.order) out_ += std::string(" ") + axis + "rotation";
    out_ += "\n";
  }

  void joint(std::size_t j, int depth) {
    const SkeletonJoint& s = skeleton_[j];
    const std::string outer(depth, '\t'), inner(depth + 1, '\t');
    out_ += outer + (depth == 0 ? "ROOT " : "JOINT ") + s.name + "\n" + outer + "{\n";
    offset(s.offset, inner);
    channels(depth == 0 ? "CHANNELS 6 Xposition Yposition Zposition" : "CHANNELS 3", inner);
    for (const std::size_t child : children_[j]) joint(child, depth + 1);
    if (s.leaf) tip(s, inner);
    out_ += outer + "}\n";
  }

  void frame(int t, mjData& data) {
    std::copy_n(motion_.qpos.col(t).data(), motion_.character->nq, data.qpos);
    mj_kinematics(motion_.character->model.get(), &data);
    const std::vector<Quaterniond> turns = turns_from_rest(skeleton_, data.xquat);
    vector(options_.units_per_m *
           (to_file_ * Eigen::Map<const Vector3d>(data.xpos + 3 * skeleton_[0].body)));
    rotations(0, turns);
    out_[out_.size() - 1] = '\n';
  }

  // Channels come in the order in which the hierarchy lists the joints: depth first.
  void rotations(std::size_t j, const std::vector<Quaterniond>& turns) {
    const int parent = skeleton_[j].parent;
    Quaterniond local = turns[j];
    if (parent >= 0) local = turns[parent].conjugate() * local;
    local = to_file_ * local * to_file_.conjugate();
    near_[j] = angles_about(local.toRotationMatrix(), axes_, near_[j]);
    if (j == 0) out_ += ' ';
    for (int i = 0; i < 3; ++i) {
      append_fixed(out_, near_[j][i] / kDegree, kDecimals);
      out_ += ' ';
    }
    for (const std::size_t child : children_[j]) rotations(child, turns);
    if (skeleton_[j].leaf && !skeleton_[j].tip_name.empty()) out_ += "0 0 0 ";
  }

  const CharacterMotion& motion_;
  const BvhOptions& options_;
  std::vector<SkeletonJoint> skeleton_;
  std::vector<std::vector<std::size_t>> children_;
  Quaterniond to_file_;
  Eigen::Matrix3d axes_;
  std::vector<Vector3d> near_;
  std::string out_;
};

}  // namespace

std::string bvh_text(const CharacterMotion& motion, const BvhOptions& options) {
  std::string sorted = options.order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != "XYZ")
    throw InputError("rotation order \"" + options.order + "\": expected XYZ in any order");
  if (options.up != 'y' && options.up != 'z') throw InputError("up axis: expected y or z");
  return BvhWriter(motion, options).text();
}

}  // namespace foresight
