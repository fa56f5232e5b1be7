// Visited starts: what another controller got into, as starts of the expert's episodes. Rollouts
// that begin there teach the look-ahead model what to do where it itself goes, by the expert's
// actions (DAgger, Ross and others 2011).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "controller/expert/reference_motion.h"
#include "controller/rollouts.h"

namespace foresight {

/// A body as it was, moved to where a frame of the reference is that looks and moves most like it.
struct VisitedStart {
  int clip = 0, frame = 0;     // of the reference
  Eigen::MatrixXd qpos, qvel;  // nq, nv x steps: the last one is now
  Eigen::MatrixXd action;      // nu x steps - 1: executed between them, rad
};

struct VisitedConfig {
  int count = 4096;          // starts, drawn evenly over all steps
  int steps = 4;             // states of each, now included
  double least_seconds = 3;  // of the reference after the frame
  std::uint64_t seed = 1;
};

/// Throws InputError when no episode of `visited` is long enough, or no clip.
std::vector<VisitedStart> visited_starts(const Character& character, const RolloutSet& visited,
                                         const ReferenceMotion& reference,
                                         const VisitedConfig& config);

}  // namespace foresight
