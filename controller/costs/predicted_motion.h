// PredictedMotion: one world's predicted future as plain numbers, with the gradient that costs
// write into. Plain loops: guidance runs in every network call, where dozens of small tensor
// operations would cost more than the network.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include "controller/state_layout.h"

namespace foresight {

/// The frames after now, f = 0 .. frames() - 1, in the heading frame of the current frame: x
/// forward, y left, origin on the ground below the current root. m, m/s.
class PredictedMotion {
 public:
  /// `tokens`: `frames` rows of layout.dim() numbers in physical units, which must outlive this.
  PredictedMotion(const StateLayout& layout, const double* tokens, int frames, int now);

  const StateLayout& layout() const { return *layout_; }
  int frames() const { return static_cast<int>(headings_.size()); }
  /// The token itself, layout().dim() numbers.
  const double* token(int f) const { return first_ + static_cast<std::size_t>(f) * layout_->dim(); }

  Eigen::Vector3d root_position(int f) const { return at(f, layout_->root_position()); }
  Eigen::Vector3d root_velocity(int f) const { return at(f, layout_->root_velocity()); }
  // Of the current frame; velocities of key points relative to the root's.
  Eigen::Vector3d root_velocity_now() const { return now(layout_->root_velocity()); }
  Eigen::Vector3d key_position_now(int key) const { return now(layout_->key_position() + 3 * key); }
  Eigen::Vector3d key_velocity_now(int key) const { return now(layout_->key_velocity() + 3 * key); }
  /// (cos, sin) of the root's heading.
  const Eigen::Vector2d& heading(int f) const { return headings_[f].direction; }
  Eigen::Vector3d key_position(int f, int key) const;
  Eigen::Vector3d key_velocity(int f, int key) const;
  /// Own heading frame of frame f <-> heading frame of now, of a direction.
  Eigen::Vector3d to_own(int f, const Eigen::Vector3d& v) const;
  Eigen::Vector3d from_own(int f, const Eigen::Vector3d& v) const;

 private:
  friend class MotionGradient;
  struct Heading {
    Eigen::Vector2d direction;
    Eigen::Matrix<double, 2, 3> jacobian;  // to the root's rotation vector
  };

  Eigen::Vector3d at(int f, int first) const {
    return Eigen::Map<const Eigen::Vector3d>(token(f) + first);
  }
  Eigen::Vector3d now(int first) const {
    return Eigen::Map<const Eigen::Vector3d>(first_ - layout_->dim() + first);
  }
  static Heading heading_of(const Eigen::Vector3d& rotvec);

  const StateLayout* layout_;
  const double* first_;
  std::vector<Heading> headings_;
};

/// Sum of gradients with respect to the tokens of a PredictedMotion. Every contribution is
/// multiplied by `scale`, the weight of the cost that writes it. Besides, numbers that are to be
/// somewhere at once, at any noise level and however far: "moves", in the token's own units.
class MotionGradient {
 public:
  explicit MotionGradient(const PredictedMotion& motion);

  double scale = 1;

  void root_position(int f, const Eigen::Vector3d& g) { add(f, layout().root_position(), g); }
  void root_velocity(int f, const Eigen::Vector3d& g) { add(f, layout().root_velocity(), g); }
  void heading(int f, const Eigen::Vector2d& g);
  void key_position(int f, int key, const Eigen::Vector3d& g);
  void key_velocity(int f, int key, const Eigen::Vector3d& g);
  /// One number of the token itself.
  void number(int f, int index, double g) { rows_(index, f) += scale * g; }

  /// Three numbers of the token go by `by`, or by a share `scale` of it below 1.
  void move(int f, int first, const Eigen::Vector3d& by) {
    moves_.col(f).segment<3>(first) += std::min(scale, 1.0) * by;
  }

  /// layout().dim() x frames.
  const Eigen::MatrixXd& rows() const { return rows_; }
  const Eigen::MatrixXd& moves() const { return moves_; }

 private:
  const StateLayout& layout() const { return motion_->layout(); }
  // Of a direction that the token holds in the frame's own heading frame.
  void turned_number(int f, int first, const Eigen::Vector3d& g);
  void add(int f, int first, const Eigen::Vector3d& g) {
    rows_.col(f).segment<3>(first) += scale * g;
  }

  const PredictedMotion* motion_;
  Eigen::MatrixXd rows_, moves_;
};

}  // namespace foresight
