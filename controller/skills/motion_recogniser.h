// MotionRecogniser: which skill one second of motion shows, whoever made it. Statistics of the
// second (how the limbs are held and how they swing, height, lean, speed) are compared with
// Gaussians fitted to the expert's rollouts.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "controller/rollouts.h"

namespace foresight {

/// Means over the frames of a window, then standard deviations, of the columns of frame_posture.
/// `frames`: rows of raw frames one after the other.
Eigen::VectorXd motion_statistics(const RawLayout& layout, std::span<const float> frames);

/// One raw frame without place and heading: key points (3 K) and root velocity (3) in the heading
/// frame, root height, lean forward and to the left (the up axis in the heading frame). m, m/s.
Eigen::VectorXd frame_posture(const RawLayout& layout, std::span<const float> frame);

/// Counts of recognised windows: row = what they show, column = what was recognised, the last
/// column nothing.
using Confusion = Eigen::MatrixXi;

struct MotionRecogniser {
  static constexpr int kNothing = -1;

  std::vector<std::string> skills;
  Eigen::MatrixXd means;      // per skill a row [skills, statistics]
  Eigen::MatrixXd precision;  // inverse of the covariance that all skills share
  Eigen::VectorXd reach;      // per skill: windows farther from its mean are not that skill
  Confusion heldout;          // on windows that it was not fitted to

  /// Index of the skill, kNothing when the motion is far from all of them.
  int recognise(const Eigen::VectorXd& statistics) const;
  /// Mahalanobis distance to the mean of a skill.
  double distance(const Eigen::VectorXd& statistics, int skill) const;
};

struct RecogniserOptions {
  double heldout = 0.2;    // share of the episodes for the confusion matrix
  double shrinkage = 0.5;  // of the covariance towards its diagonal
  double slack = 1.5;      // reach: so many times the distance of 99 of 100 fitted windows
  std::uint64_t seed = 1;
};

/// Fits to all windows of one second without a push. Throws InputError when there are less than
/// two skills or a skill has hardly any motion.
MotionRecogniser fit_recogniser(const RolloutSet& set, const RecogniserOptions& options);

/// Share of the diagonal; 0 for an empty matrix.
double accuracy(const Confusion& confusion);

/// Control steps of a window: one second.
int window_steps(double control_hz);

}  // namespace foresight
