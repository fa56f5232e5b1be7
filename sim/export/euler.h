// Angles about three orthogonal axes.
#pragma once

#include <Eigen/Core>

namespace foresight {

/// Angles (rad) with R = R(a0, x0) R(a1, x1) R(a2, x2) for orthonormal axes a0, a1, a2 (the columns
/// of `axes`). Of the two solutions the one nearest to `near`, with whole turns added, is returned.
Eigen::Vector3d angles_about(const Eigen::Matrix3d& rotation, const Eigen::Matrix3d& axes,
                             const Eigen::Vector3d& near);

}  // namespace foresight
