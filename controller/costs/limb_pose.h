// Poses of a limb whose tip is somewhere else.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace foresight {

/// Bends a chain of links with the given `lengths` that begins at `joint` so that its last point is
/// at `tip`, or as near as it can be. `points`: ends of the links, in and out, perhaps of the first
/// few alone; of the many bends the one is made that lies near them. m, any frame. By FABRIK
/// (Aristidou and Lasenby 2011).
void bend_limb(const Eigen::Vector3d& joint, const std::vector<double>& lengths,
               const Eigen::Vector3d& tip, std::vector<Eigen::Vector3d>& points);

}  // namespace foresight
